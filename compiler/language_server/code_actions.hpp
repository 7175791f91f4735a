// Changes that mend findings, ready to be carried out.
#pragma once

#include <string>
#include <vector>

#include "compiler/language_server/rename.hpp"

namespace backstay::compiler::lsp {

struct CodeAction {
  std::string title;
  std::vector<FileEdit> edits;             ///< sorted
  lang::Diagnostic finding;                ///< that it mends
  lang::Span place;                        ///< where that is shown
  bool likeliest = false;                  ///< the first fix of its finding
  std::shared_ptr<const Project> project;  ///< that the finding's spans belong to
};

/// For all findings of a file that touch [begin, end]. Fixes that would change the standard library
/// are left out.
[[nodiscard]] std::vector<CodeAction> code_actions(Workspace& workspace,
                                                   const std::string& path,
                                                   std::size_t begin,
                                                   std::size_t end);

}  // namespace backstay::compiler::lsp
