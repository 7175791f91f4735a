// Where a name is declared, and where it is used.
#pragma once

#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// A name at a place, and what it means in one project.
struct FoundName {
  std::shared_ptr<const Project> project;
  const Occurrence* occurrence = nullptr;  ///< null where no name stands there
};

[[nodiscard]] FoundName find_name(Workspace& workspace,
                                  const std::string& path,
                                  std::size_t offset);

/// Declarations of the name at a place; of an import, the beginning of the file.
[[nodiscard]] std::vector<FileRange> definitions(Workspace& workspace,
                                                 const std::string& path,
                                                 std::size_t offset);
/// Every place of the name in all policies that hold its declaration, each once, sorted.
[[nodiscard]] std::vector<FileRange> references(Workspace& workspace,
                                                const std::string& path,
                                                std::size_t offset,
                                                bool with_declaration);

/// The places of the name in one file.
struct Highlight {
  FileRange range;
  bool declaration = false;
};

[[nodiscard]] std::vector<Highlight> highlights(Workspace& workspace,
                                                const std::string& path,
                                                std::size_t offset);

/// All projects that hold the file of the first declaration of a symbol; at least `project`.
[[nodiscard]] std::vector<std::shared_ptr<const Project>> projects_with(
    Workspace& workspace, const std::shared_ptr<const Project>& project, const Symbol& symbol);

}  // namespace backstay::compiler::lsp
