#include "compiler/load/loader.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "compiler/load/file_head.hpp"
#include "compiler/load/import_grants.hpp"
#include "compiler/load/import_path.hpp"
#include "compiler/load/standard_library.hpp"
#include "lang/base/fix.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;

/// Where a file comes from. Two imports mean one file iff their `key` is the same.
struct Origin {
  std::string key;     ///< path below the root, or `<stdlib>/…`
  std::string name;    ///< as findings show it
  std::string folder;  ///< of the key, for the imports in it; unused in the standard library
  bool standard = false;
};

/// A file that is being loaded, and the import by which it was reached.
struct Open {
  std::size_t file = 0;
  lang::Span import;
};

class Loader {
 public:
  Loader(std::string root,
         const FileReader& read,
         lang::SourceSet& sources,
         lang::Diagnostics& diagnostics)
      : root_(std::move(root)), read_(read), sources_(sources), diagnostics_(diagnostics) {}

  Result<Loaded> run(const std::string& entry) {
    const std::string name(file_name_of(entry));
    BACKSTAY_ASSIGN(std::string text, read_(entry));
    const std::size_t file = add({.key = name, .name = entry, .folder = {}}, std::move(text));
    open_.push_back({file, {}});
    follow_imports(file);
    open_.pop_back();
    check_import_grants(loaded_, diagnostics_);
    return std::move(loaded_);
  }

 private:
  std::size_t add(Origin origin, std::string text) {
    const std::size_t index = loaded_.files.size();
    LoadedFile& file = loaded_.files.emplace_back();
    file.name = origin.name;
    file.entry = index == 0;
    file.standard = origin.standard;
    const std::size_t errors = diagnostics_.error_count();
    const lang::FileId id = sources_.add(origin.name, std::move(text));
    file.tree = lang::parse(sources_, id, diagnostics_).file;
    check_file_head(file, errors == diagnostics_.error_count(), diagnostics_);
    by_key_.emplace(origin.key, index);
    origins_.push_back(std::move(origin));
    return index;
  }

  void follow_imports(std::size_t index) {
    LoadedFile& file = loaded_.files[index];
    for (const ast::Fact& fact : file.tree.facts) {
      if (fact.word.text != "import" || fact.argument_count == 0) {
        continue;  // `import` without anything is the signature's business
      }
      const ast::Argument& what = file.tree.arguments[fact.first_argument];
      if (const auto target = resolve(index, what)) {
        if (const auto imported = reach(*target, what.span)) {
          file.imports.push_back({&fact, what.span, *imported});
        }
      }
    }
  }

  // The file that an import means, whether it exists or not.
  std::optional<Origin> resolve(std::size_t importer, const ast::Argument& what) {
    if (what.kind == ast::ArgumentKind::Word) {
      const std::string name = standard_library_source_name(what.text);
      return Origin{.key = name, .name = name, .folder = {}, .standard = true};
    }
    if (what.kind != ast::ArgumentKind::String && what.kind != ast::ArgumentKind::Path) {
      return std::nullopt;  // the signature's business
    }
    if (what.text.find("://") != std::string_view::npos) {
      outside(what.span, "an import is never fetched from elsewhere");
      return std::nullopt;
    }
    const Origin& from = origins_[importer];
    if (from.standard) {
      outside(what.span, "a file of the standard library imports from the standard library only");
      return std::nullopt;
    }
    const auto path = import_path(from.folder, what.text);
    if (!path) {
      outside(what.span, what.text.starts_with('/')
                             ? "an import is never an absolute path"
                             : "the import leads out of the policy's folder");
      return std::nullopt;
    }
    return Origin{.key = *path, .name = below_root(root_, *path), .folder = folder_of(*path)};
  }

  void outside(const lang::Span& import, std::string message) {
    diagnostics_.add({.kind = DiagnosticKind::ImportOutside,
                      .primary = import,
                      .message = std::move(message),
                      .help = "import a file beside, `import \"./shared.stay\"`, or a library, "
                              "`import openstack.nova`; paths are compared as they are written"});
  }

  // Loads the file where it is not loaded yet. Nothing after a finding.
  std::optional<std::size_t> reach(const Origin& origin, const lang::Span& import) {
    if (const auto found = by_key_.find(origin.key); found != by_key_.end()) {
      return is_open(found->second) ? cycle(found->second, import) : std::optional(found->second);
    }
    if (open_.size() > kMostImportDepth || loaded_.files.size() >= kMostFiles) {
      too_much(import);
      return std::nullopt;
    }
    auto text = text_of(origin, import);
    if (!text) {
      return std::nullopt;
    }
    const std::size_t file = add(origin, std::move(*text));
    open_.push_back({file, import});
    follow_imports(file);
    open_.pop_back();
    return file;
  }

  std::optional<std::string> text_of(const Origin& origin, const lang::Span& import) {
    if (origin.standard) {
      return standard_text(import);
    }
    auto text = read_(origin.name);
    if (text) {
      return std::move(*text);
    }
    if (text.error().kind == ErrorKind::Refused) {
      outside(import, text.error().message);
      return std::nullopt;
    }
    diagnostics_.add({.kind = DiagnosticKind::UnknownImport,
                      .primary = import,
                      .message = "the imported file cannot be read: " + text.error().message,
                      .help = text.error().hint});
    return std::nullopt;
  }

  std::optional<std::string> standard_text(const lang::Span& import) {
    const std::string library(sources_.text(import));
    if (const auto text = standard_library_text(library)) {
      return std::string(*text);
    }
    lang::Diagnostic finding{
        .kind = DiagnosticKind::UnknownImport,
        .primary = import,
        .message = fmt::format("the standard library holds no `{}`", library),
        .help = "a file beside is imported by its path: `import \"./shared.stay\"`"};
    lang::suggest(finding, library, standard_library_names());
    diagnostics_.add(std::move(finding));
    return std::nullopt;
  }

  void too_much(const lang::Span& import) {
    const bool deep = open_.size() > kMostImportDepth;
    diagnostics_.add({.kind = DiagnosticKind::TooManyImports,
                      .primary = import,
                      .message = deep
                                     ? fmt::format("imports nest deeper than {}", kMostImportDepth)
                                     : fmt::format("the policy has more than {} files", kMostFiles),
                      .help = deep ? "import the file from one nearer to the policy"
                                   : "put small files together"});
  }

  [[nodiscard]] bool is_open(std::size_t file) const {
    return std::any_of(open_.begin(), open_.end(),
                       [file](const Open& open) { return open.file == file; });
  }

  // Reported at the import that closes the cycle; every other import of it is a label.
  std::nullopt_t cycle(std::size_t file, const lang::Span& import) {
    const auto first = std::find_if(open_.begin(), open_.end(),
                                    [file](const Open& open) { return open.file == file; });
    lang::Diagnostic finding{.kind = DiagnosticKind::ImportCycle,
                             .primary = import,
                             .message = "the import closes a cycle",
                             .primary_label = "back to " + loaded_.files[file].name};
    std::string walk = loaded_.files[file].name;
    for (auto open = first + 1; open != open_.end(); ++open) {
      const std::string& name = loaded_.files[open->file].name;
      finding.labels.push_back({open->import, "leads to " + name});
      walk += " → " + name;
    }
    finding.witness.push_back(walk + " → " + loaded_.files[file].name);
    finding.help = "move what both need into a file that imports neither";
    diagnostics_.add(std::move(finding));
    return std::nullopt;
  }

  std::string root_;
  const FileReader& read_;
  lang::SourceSet& sources_;
  lang::Diagnostics& diagnostics_;
  Loaded loaded_;
  std::vector<Origin> origins_;  // of loaded_.files
  std::unordered_map<std::string, std::size_t> by_key_;
  std::vector<Open> open_;  // from the entry file to the one at hand
};

}  // namespace

Result<Loaded> load(const std::string& entry,
                    const FileReader& read,
                    lang::SourceSet& sources,
                    lang::Diagnostics& diagnostics) {
  return Loader(folder_of(entry), read, sources, diagnostics).run(entry);
}

}  // namespace backstay::compiler
