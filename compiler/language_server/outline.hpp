// The shape of one file: its declarations with their facts, and what can be folded.
#pragma once

#include <string>
#include <vector>

#include "compiler/load/loaded.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler::lsp {

/// A declaration, or a fact in its block.
struct OutlineEntry {
  std::string name;    ///< `nova`, `/etc/nova`; of a fact without arguments its word
  std::string detail;  ///< `service`, `path`
  lang::Span whole;    ///< the block included
  lang::Span head;     ///< of the name, within `whole`
  std::vector<OutlineEntry> children;
};

[[nodiscard]] std::vector<OutlineEntry> outline(const LoadedFile& file,
                                                const lang::SourceSet& sources);

/// Blocks over several lines, and runs of comment lines; begin and end are offsets on the first
/// and last line that go together.
struct Fold {
  lang::Span range;
  bool comment = false;
};

[[nodiscard]] std::vector<Fold> folds(const LoadedFile& file, const lang::SourceSet& sources);

}  // namespace backstay::compiler::lsp
