#include "compiler/language_server/navigation.hpp"

#include <algorithm>
#include <set>

namespace backstay::compiler::lsp {
namespace {

// A file of a policy, not a stand-in or the command line.
bool is_file(const FileRange& range) {
  return !is_stand_in(range.path) && (range.path.starts_with('/') || range.path.starts_with('<'));
}

}  // namespace

FoundName find_name(Workspace& workspace, const std::string& path, std::size_t offset) {
  FoundName found{workspace.project_of(path), nullptr};
  if (found.project != nullptr) {
    const LoadedFile* const file = found.project->file(path);
    found.occurrence = found.project->index.at(file->tree.id, offset);
  }
  return found;
}

std::vector<std::shared_ptr<const Project>> projects_with(
    Workspace& workspace, const std::shared_ptr<const Project>& project, const Symbol& symbol) {
  const auto declared = project->index.definitions_of(symbol);
  if (declared.empty() || declared.front()->file->standard) {
    return {project};
  }
  auto projects = workspace.projects_of(declared.front()->file->name);
  if (projects.empty()) {
    projects.push_back(project);
  }
  return projects;
}

std::vector<FileRange> definitions(Workspace& workspace,
                                   const std::string& path,
                                   std::size_t offset) {
  std::vector<FileRange> ranges;
  const FoundName name = find_name(workspace, path, offset);
  if (name.occurrence == nullptr) {
    return ranges;
  }
  std::set<FileRange> seen;
  for (const Symbol& symbol : name.project->index.meant_by(*name.occurrence)) {
    for (const Occurrence* const place : name.project->index.definitions_of(symbol)) {
      FileRange range = name.project->range_of(place->span);
      if (is_file(range) && seen.insert(range).second) {
        ranges.push_back(std::move(range));
      }
    }
  }
  return ranges;
}

std::vector<FileRange> references(Workspace& workspace,
                                  const std::string& path,
                                  std::size_t offset,
                                  bool with_declaration) {
  std::set<FileRange> ranges;
  const FoundName name = find_name(workspace, path, offset);
  if (name.occurrence == nullptr) {
    return {};
  }
  for (const Symbol& symbol : name.project->index.meant_by(*name.occurrence)) {
    for (const auto& project : projects_with(workspace, name.project, symbol)) {
      for (const Occurrence* const place : project->index.places_of(symbol)) {
        FileRange range = project->range_of(place->span);
        if (is_file(range) && (with_declaration || !place->definition)) {
          ranges.insert(std::move(range));
        }
      }
    }
  }
  return {ranges.begin(), ranges.end()};
}

std::vector<Highlight> highlights(Workspace& workspace,
                                  const std::string& path,
                                  std::size_t offset) {
  std::vector<Highlight> found;
  const FoundName name = find_name(workspace, path, offset);
  if (name.occurrence == nullptr || name.occurrence->host_list) {
    return found;
  }
  for (const Occurrence* const place : name.project->index.places_of(name.occurrence->symbol)) {
    FileRange range = name.project->range_of(place->span);
    if (range.path == path) {
      found.push_back({std::move(range), place->definition});
    }
  }
  return found;
}

}  // namespace backstay::compiler::lsp
