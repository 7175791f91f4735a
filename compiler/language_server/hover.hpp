// What stands under the pointer: the meaning of a word, or a name with what it comes to.
#pragma once

#include <optional>
#include <string>

#include "compiler/language_server/workspace.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler::lsp {

struct Hover {
  FileRange range;
  std::string markdown;
};

[[nodiscard]] std::optional<Hover> hover(Workspace& workspace,
                                         const std::string& path,
                                         std::size_t offset);

/// How a row of the signature table is written: `path PATH [as NAME] …`, with its meaning below.
[[nodiscard]] std::string signature_markdown(const lang::Signature& row);

/// What a declaration comes to, as Markdown: its `##` lines, its values, its text.
[[nodiscard]] std::string declaration_markdown(const Workspace& workspace,
                                               const Project& project,
                                               const Symbol& symbol);

}  // namespace backstay::compiler::lsp
