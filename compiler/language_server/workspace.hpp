// The open documents and the policies that they belong to.
//
// What an editor has open is what the compiler reads, saved or not. Projects are compiled when they
// are asked for and kept until a file that they read changes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/language_server/project.hpp"
#include "compiler/language_server/text_document.hpp"
#include "compiler/language_server/workspace_file.hpp"

namespace backstay::compiler::lsp {

/// The paths of documents that are no files begin so.
inline constexpr std::string_view kNoFile = "/<document>/";

/// The workspace's look at the world. Functions that are not set answer with nothing.
struct World {
  FileReader read = {};
  /// Paths of the `.stay` files in a folder; with `deep`, also below it, as far as that is
  /// sensible.
  std::function<std::vector<std::string>(const std::string& folder, bool deep)> policies_in = {};
  /// Puts a file of the standard library where an editor can open it; its path there.
  std::function<std::optional<std::string>(const std::string& name, std::string_view text)>
      show_library = {};
  std::function<std::chrono::sys_seconds()> now = {};
};

/// A document that an editor has open.
struct OpenDocument {
  TextDocument document;
  std::int64_t version = 0;
};

class Workspace {
 public:
  explicit Workspace(World world);

  /// A folder whose policies belong together. deep: with all that is below it.
  void add_folder(const std::string& folder, bool deep);
  void set_parameters(std::map<std::string, std::string> parameters);

  void open(const std::string& path, std::string text, std::int64_t version);
  /// The open document, to be changed; call changed() after it. Null where it is not open.
  [[nodiscard]] OpenDocument* edit(const std::string& path);
  void changed(const std::string& path);
  void close(const std::string& path);
  /// Files on disk came, went or changed.
  void files_changed(const std::vector<std::string>& paths);

  [[nodiscard]] const OpenDocument* document(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> open_paths() const;
  /// The text of an open document, else of the file, else of a library; as a document, so that
  /// positions can be worked out. Empty where it cannot be read.
  [[nodiscard]] TextDocument text_of(const std::string& path) const;
  /// What the compiler reads.
  [[nodiscard]] Result<std::string> read(const std::string& path) const;

  /// Every policy that the file belongs to; for a library that no policy imports, a stand-in that
  /// imports it alone (see is_stand_in).
  [[nodiscard]] std::vector<std::shared_ptr<const Project>> projects_of(const std::string& path);
  /// The first of them; null where the file cannot be read.
  [[nodiscard]] std::shared_ptr<const Project> project_of(const std::string& path);
  /// The newest compilation of a policy that had a checked model, which may be older than the text.
  [[nodiscard]] std::shared_ptr<const Project> last_checked(const Project& project) const;

  /// Compiles what would be, were the files' texts these.
  [[nodiscard]] std::shared_ptr<const Project> imagine(
      const Project& project, const std::map<std::string, std::string>& texts);

  /// The day, as far as the world says it.
  [[nodiscard]] std::optional<std::chrono::local_days> today() const;
  [[nodiscard]] FileRole role_of(const std::string& path);

  [[nodiscard]] const World& world() const { return world_; }

  [[nodiscard]] const std::map<std::string, std::string>& parameters() const { return parameters_; }

 private:
  void forget_projects_with(const std::string& path);
  void look_around();
  [[nodiscard]] const WorkspaceFile& known(const std::string& path);
  [[nodiscard]] std::vector<std::string> entries_of(const std::string& path);
  [[nodiscard]] ProjectRequest request_for(const std::string& entry);
  [[nodiscard]] std::shared_ptr<const Project> project(const std::string& entry);

  World world_;
  std::map<std::string, bool> folders_;  // → whether with all that is below
  std::map<std::string, std::string> parameters_;
  std::map<std::string, OpenDocument> open_;
  std::map<std::string, WorkspaceFile> files_;                      // every known `.stay` file
  bool look_around_ = true;                                         // files_ may lack some
  std::map<std::string, std::shared_ptr<const Project>> projects_;  // by entry
  std::map<std::string, std::shared_ptr<const Project>> checked_;
};

/// Whether the entry of a project is no file but stands in for the policies that might import one.
[[nodiscard]] bool is_stand_in(std::string_view entry);

}  // namespace backstay::compiler::lsp
