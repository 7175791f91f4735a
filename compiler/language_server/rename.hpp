// Renaming a declaration everywhere, or saying why that would break something.
//
// The edits are carried out on a copy first and compiled: a name that would be taken for a
// parameter, hide another, or leave a reference behind shows there, whatever rule is the reason.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// A change of one file. Ranges of one file do not overlap.
struct FileEdit {
  FileRange range;
  std::string text;

  friend auto operator<=>(const FileEdit&, const FileEdit&) = default;
};

/// The name at a place that can be renamed. Errors (BadInput): there is none, or it is the standard
/// library's.
[[nodiscard]] Result<FileRange> prepare_rename(Workspace& workspace,
                                               const std::string& path,
                                               std::size_t offset);

/// The edits, sorted. Errors (BadInput): what prepare_rename refuses, a name that is none, and what
/// the new name would break, in words.
[[nodiscard]] Result<std::vector<FileEdit>> rename(Workspace& workspace,
                                                   const std::string& path,
                                                   std::size_t offset,
                                                   const std::string& new_name);

/// The text with the edits of `path` carried out.
[[nodiscard]] std::string with_edits(std::string text,
                                     const std::string& path,
                                     const std::vector<FileEdit>& edits);

}  // namespace backstay::compiler::lsp
