#include "compiler/language_server/workspace.hpp"

#include <algorithm>
#include <set>

#include "compiler/load/import_path.hpp"
#include "compiler/load/standard_library.hpp"

namespace backstay::compiler::lsp {
namespace {

constexpr std::string_view kStandIn = "/<importer of ";  // no editor opens a file of such a name
constexpr std::size_t kMostProjects = 64;                // of one question

std::string stand_in_for(const std::string& path) {
  return folder_of(path) + std::string(kStandIn) + std::string(file_name_of(path)) + ">";
}

// A policy that imports the file with all that it may bring.
std::string stand_in_text(std::string_view entry) {
  const std::size_t at = entry.find(kStandIn) + kStandIn.size();
  std::string name;
  for (const char c : entry.substr(at, entry.size() - at - 1)) {
    name += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  }
  return "language 1\npolicy importer\nimport \"./" + name +
         "\" with hooks, secrets, targets, allows\n";
}

std::optional<std::string_view> library_text(std::string_view source_name) {
  for (const std::string& library : standard_library_names()) {
    if (standard_library_source_name(library) == source_name) {
      return standard_library_text(library);
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_stand_in(std::string_view entry) {
  return entry.find(kStandIn) != std::string_view::npos;
}

Workspace::Workspace(World world) : world_(std::move(world)) {}

void Workspace::add_folder(const std::string& folder, bool deep) {
  bool& known_deep = folders_[folder];
  known_deep = known_deep || deep;
  look_around_ = true;
}

void Workspace::set_parameters(std::map<std::string, std::string> parameters) {
  parameters_ = std::move(parameters);
  projects_.clear();
}

void Workspace::open(const std::string& path, std::string text, std::int64_t version) {
  open_.insert_or_assign(path, OpenDocument{TextDocument(std::move(text)), version});
  const std::string folder = folder_of(path);
  const bool inside = std::any_of(folders_.begin(), folders_.end(), [&](const auto& known) {
    return folder == known.first || (known.second && folder.starts_with(known.first + "/"));
  });
  if (!inside && !path.starts_with(kNoFile)) {
    add_folder(folder, false);
  }
  changed(path);
}

OpenDocument* Workspace::edit(const std::string& path) {
  const auto found = open_.find(path);
  return found == open_.end() ? nullptr : &found->second;
}

void Workspace::changed(const std::string& path) {
  files_.erase(path);
  forget_projects_with(path);
}

void Workspace::close(const std::string& path) {
  open_.erase(path);
  look_around_ = true;
  changed(path);
}

void Workspace::files_changed(const std::vector<std::string>& paths) {
  look_around_ = true;
  for (const std::string& path : paths) {
    changed(path);
  }
}

const OpenDocument* Workspace::document(const std::string& path) const {
  const auto found = open_.find(path);
  return found == open_.end() ? nullptr : &found->second;
}

std::vector<std::string> Workspace::open_paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, document] : open_) {
    paths.push_back(path);
  }
  return paths;
}

TextDocument Workspace::text_of(const std::string& path) const {
  if (const OpenDocument* const open = document(path)) {
    return open->document;
  }
  auto text = read(path);
  return TextDocument(text ? std::move(*text) : std::string());
}

Result<std::string> Workspace::read(const std::string& path) const {
  if (const OpenDocument* const open = document(path)) {
    return open->document.text();
  }
  if (is_stand_in(path)) {
    return stand_in_text(path);
  }
  if (const auto text = library_text(path)) {
    return std::string(*text);
  }
  return world_.read(path);
}

void Workspace::forget_projects_with(const std::string& path) {
  // A file of tests belongs to a policy that need not have read it yet.
  const bool test = path.ends_with(".test.stay");
  std::erase_if(projects_,
                [&](const auto& entry) { return test || entry.second->reads.contains(path); });
}

// Takes in the `.stay` files of all folders that are not known yet.
void Workspace::look_around() {
  if (!std::exchange(look_around_, false) || !world_.policies_in) {
    return;
  }
  std::set<std::string> found;
  for (const auto& [folder, deep] : folders_) {
    for (const std::string& path : world_.policies_in(folder, deep)) {
      found.insert(path);
    }
  }
  std::erase_if(files_, [&](const auto& file) {
    return !found.contains(file.first) && !open_.contains(file.first);
  });
  for (const std::string& path : found) {
    static_cast<void>(known(path));
  }
}

const WorkspaceFile& Workspace::known(const std::string& path) {
  const auto found = files_.find(path);
  if (found != files_.end()) {
    return found->second;
  }
  const auto text = read(path);
  return files_[path] = text ? describe_file(path, *text) : WorkspaceFile{};
}

std::optional<std::chrono::local_days> Workspace::today() const {
  return world_.now ? std::optional(std::chrono::local_days(
                          std::chrono::floor<std::chrono::days>(world_.now()).time_since_epoch()))
                    : std::nullopt;
}

FileRole Workspace::role_of(const std::string& path) {
  return known(path).role;
}

// The policies that reach the file by imports; of a file of tests, the policy under test.
std::vector<std::string> Workspace::entries_of(const std::string& path) {
  look_around();
  const WorkspaceFile file = known(path);
  if (file.role == FileRole::Policy) {
    return {path};
  }
  if (file.role == FileRole::Test) {
    return {file.imports.empty() ? path : file.imports.front()};
  }
  std::set<std::string> reached = {path};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const auto& [importer, described] : files_) {
      if (described.role != FileRole::Test &&
          std::any_of(described.imports.begin(), described.imports.end(),
                      [&](const std::string& import) { return reached.contains(import); })) {
        reached.insert(importer);
      }
    }
  }
  std::vector<std::string> entries;
  for (const std::string& importer : reached) {
    if (known(importer).role == FileRole::Policy && entries.size() < kMostProjects) {
      entries.push_back(importer);
    }
  }
  if (entries.empty()) {
    entries.push_back(file.role == FileRole::Library ? stand_in_for(path) : path);
  }
  return entries;
}

ProjectRequest Workspace::request_for(const std::string& entry) {
  ProjectRequest request{.entry = entry, .tests = {}, .parameters = parameters_, .today = today()};
  for (const std::string& open : open_paths()) {
    static_cast<void>(known(open));
  }
  for (const auto& [path, file] : files_) {
    if (file.role == FileRole::Test && path != entry && !file.imports.empty() &&
        file.imports.front() == entry) {
      request.tests.push_back(path);
    }
  }
  return request;
}

std::shared_ptr<const Project> Workspace::project(const std::string& entry) {
  if (const auto found = projects_.find(entry); found != projects_.end()) {
    return found->second;
  }
  auto built =
      build_project(request_for(entry), [this](const std::string& path) { return read(path); });
  if (projects_.size() >= kMostProjects) {
    projects_.clear();
  }
  projects_[entry] = built;
  if (built->analysis.policy) {
    checked_[entry] = built;
  }
  return built;
}

std::vector<std::shared_ptr<const Project>> Workspace::projects_of(const std::string& path) {
  std::vector<std::shared_ptr<const Project>> projects;
  for (const std::string& entry : entries_of(path)) {
    auto one = project(entry);
    if (one->file(path) != nullptr) {
      projects.push_back(std::move(one));
    }
  }
  return projects;
}

std::shared_ptr<const Project> Workspace::project_of(const std::string& path) {
  const auto projects = projects_of(path);
  return projects.empty() ? nullptr : projects.front();
}

std::shared_ptr<const Project> Workspace::last_checked(const Project& project) const {
  const auto found = checked_.find(project.entry);
  return found == checked_.end() ? nullptr : found->second;
}

std::shared_ptr<const Project> Workspace::imagine(const Project& project,
                                                  const std::map<std::string, std::string>& texts) {
  return build_project(request_for(project.entry),
                       [&](const std::string& path) -> Result<std::string> {
                         const auto text = texts.find(path);
                         return text == texts.end() ? read(path) : text->second;
                       });
}

}  // namespace backstay::compiler::lsp
