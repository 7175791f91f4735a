// What may be written at a place: words of the block, literal words, names that are declared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

enum class CompletionKind : std::uint8_t { Word, Literal, Name, Parameter, Library, Type, Value };

struct CompletionItem {
  std::string label;
  CompletionKind kind = CompletionKind::Word;
  std::string detail;         ///< `path PATH [as NAME] …`, `host`, `service`
  std::string documentation;  ///< plain text; may be empty
  std::string insert;         ///< what is written; with `snippet`, in the protocol's snippet syntax
  bool snippet = false;
};

struct Completion {
  FileRange replaces;  ///< the word that is being written; empty where there is none
  std::vector<CompletionItem> items;
};

[[nodiscard]] Completion complete(Workspace& workspace,
                                  const std::string& path,
                                  std::size_t offset);

}  // namespace backstay::compiler::lsp
