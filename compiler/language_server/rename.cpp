#include "compiler/language_server/rename.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/language_server/navigation.hpp"
#include "compiler/language_server/profile_chain.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler::lsp {
namespace {

using Projects = std::vector<std::shared_ptr<const Project>>;

Error refusal(std::string message, std::string hint = {}) {
  return {.kind = ErrorKind::BadInput, .message = std::move(message), .hint = std::move(hint)};
}

/// A name that may be renamed, with all that it means.
struct Renamed {
  std::shared_ptr<const Project> project;
  const Occurrence* occurrence = nullptr;
  const Occurrence* declared = nullptr;
};

Result<Renamed> find_renamed(Workspace& workspace, const std::string& path, std::size_t offset) {
  const FoundName name = find_name(workspace, path, offset);
  if (name.occurrence == nullptr) {
    return refusal("no name of a declaration stands here");
  }
  if (name.occurrence->host_list) {
    return refusal("a host list stands for many names", "rename hosts where they are written out");
  }
  const Symbol& symbol = name.occurrence->symbol;
  if (symbol.space == "library") {
    return refusal("a library is renamed with its file", "move the file and change the imports");
  }
  const auto declared = name.project->index.definitions_of(symbol);
  if (declared.empty()) {
    return refusal(fmt::format("nothing declares `{}`", symbol.name));
  }
  if (declared.front()->file->standard) {
    return refusal(fmt::format("`{}` is declared by the standard library", symbol.name));
  }
  if (declared.size() > 1) {
    return refusal(fmt::format("`{}` is declared {} times", symbol.name, declared.size()),
                   "mend that first");
  }
  if (declared.front()->host_list) {
    return refusal(fmt::format("host `{}` is declared by a list", symbol.name),
                   "change the list, or declare the host on its own");
  }
  return Renamed{name.project, name.occurrence, declared.front()};
}

// What stands for the symbol at one place afterwards: profiles are named through their library.
std::string text_at(const Project& project,
                    const Occurrence& place,
                    const Occurrence& declared,
                    const std::string& new_name) {
  const bool qualified = project.sources.text(place.span).find('.') != std::string_view::npos ||
                         place.file != declared.file;
  return place.symbol.space == "profile" && !place.definition && qualified
             ? full_profile_name(*declared.file, new_name)
             : new_name;
}

Result<std::vector<FileEdit>> edits_for(const Projects& projects,
                                        const Symbol& symbol,
                                        const std::string& new_name) {
  std::set<FileEdit> edits;
  for (const auto& project : projects) {
    const auto declared = project->index.definitions_of(symbol);
    for (const Occurrence* const place : project->index.places_of(symbol)) {
      if (place->host_list) {
        return refusal(fmt::format("the host list `{}` names `{}`",
                                   project->sources.text(place->span), symbol.name),
                       "write the hosts of the list out first");
      }
      if (!declared.empty() && !place->file->standard) {
        edits.insert({project->range_of(place->span),
                      text_at(*project, *place, *declared.front(), new_name)});
      }
    }
  }
  return std::vector<FileEdit>(edits.begin(), edits.end());
}

/// How often each kind of error is found; a rename may not add one.
std::map<lang::DiagnosticKind, std::size_t> errors_of(const Project& project) {
  std::map<lang::DiagnosticKind, std::size_t> errors;
  for (const lang::Diagnostic& finding : project.findings.all()) {
    if (finding.severity() == lang::Severity::Error) {
      ++errors[finding.kind];
    }
  }
  return errors;
}

Result<void> check_findings(const Project& before, const Project& after) {
  auto known = errors_of(before);
  for (const lang::Diagnostic& finding : after.findings.sorted()) {
    std::size_t& left = known[finding.kind];
    if (finding.severity() == lang::Severity::Error && left == 0) {
      return refusal("the new name would break the policy: " + finding.message, finding.help);
    }
    left -= left > 0 ? 1 : 0;
  }
  return {};
}

// Every name must mean afterwards what it means now.
Result<void> check_meanings(const Project& before,
                            const Project& after,
                            const Symbol& symbol,
                            const Symbol& renamed) {
  const auto& old_places = before.index.all();
  const auto& new_places = after.index.all();
  const auto means_the_same = [&](const Occurrence& left, const Occurrence& right) {
    const bool in_its_profile = symbol.space == "profile" &&
                                left.symbol.space == "param " + symbol.name &&
                                right.symbol.space == "param " + renamed.name;
    return right.symbol == (left.symbol == symbol ? renamed : left.symbol) ||
           (in_its_profile && left.symbol.name == right.symbol.name);
  };
  const auto [old_place, new_place] = std::mismatch(
      old_places.begin(), old_places.end(), new_places.begin(), new_places.end(), means_the_same);
  if (old_place == old_places.end() && new_place == new_places.end()) {
    return {};
  }
  // More names than before: a word has become one.
  const bool is_new = old_place == old_places.end() || new_places.size() > old_places.size();
  const Occurrence& changed = is_new ? *new_place : *old_place;
  const Project& of = is_new ? after : before;
  return refusal(fmt::format("with the new name `{}` would mean something else in {}:{}",
                             of.sources.text(changed.span), changed.file->name,
                             of.sources.file(changed.span.file).locate(changed.span.begin).line),
                 "choose a name that nothing else has");
}

Result<void> check_name(const Renamed& renamed, const std::string& new_name) {
  if (!lang::is_name(new_name) || new_name == "all") {
    return refusal(fmt::format("`{}` is no name", lang::shortened(new_name)),
                   "names hold lower-case letters, digits, `-` and `_`, begin with a letter, do "
                   "not end in `-`, and have at most 63 characters");
  }
  const Symbol wanted{renamed.occurrence->symbol.space,
                      renamed.occurrence->symbol.space == "profile"
                          ? full_profile_name(*renamed.declared->file, new_name)
                          : new_name};
  const auto taken = renamed.project->index.definitions_of(wanted);
  if (!taken.empty()) {
    return refusal(fmt::format("`{}` is declared already, in {}:{}", new_name,
                               taken.front()->file->name,
                               renamed.project->sources.file(taken.front()->span.file)
                                   .locate(taken.front()->span.begin)
                                   .line));
  }
  return {};
}

}  // namespace

Result<FileRange> prepare_rename(Workspace& workspace,
                                 const std::string& path,
                                 std::size_t offset) {
  BACKSTAY_ASSIGN(const Renamed renamed, find_renamed(workspace, path, offset));
  return renamed.project->range_of(renamed.occurrence->span);
}

Result<std::vector<FileEdit>> rename(Workspace& workspace,
                                     const std::string& path,
                                     std::size_t offset,
                                     const std::string& new_name) {
  BACKSTAY_ASSIGN(const Renamed renamed, find_renamed(workspace, path, offset));
  const Symbol symbol = renamed.occurrence->symbol;
  if (new_name == renamed.project->sources.text(renamed.declared->span)) {
    return std::vector<FileEdit>{};
  }
  BACKSTAY_TRY(check_name(renamed, new_name));
  const Projects projects = projects_with(workspace, renamed.project, symbol);
  BACKSTAY_ASSIGN(std::vector<FileEdit> edits, edits_for(projects, symbol, new_name));

  std::map<std::string, std::string> texts;
  for (const FileEdit& edit : edits) {
    if (!texts.contains(edit.range.path)) {
      texts[edit.range.path] =
          with_edits(workspace.text_of(edit.range.path).text(), edit.range.path, edits);
    }
  }
  const Symbol after{symbol.space, symbol.space == "profile"
                                       ? full_profile_name(*renamed.declared->file, new_name)
                                       : new_name};
  for (const auto& project : projects) {
    const auto imagined = workspace.imagine(*project, texts);
    BACKSTAY_TRY(check_findings(*project, *imagined));
    BACKSTAY_TRY(check_meanings(*project, *imagined, symbol, after));
  }
  return edits;
}

std::string with_edits(std::string text,
                       const std::string& path,
                       const std::vector<FileEdit>& edits) {
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    if (edit->range.path == path && edit->range.end <= text.size()) {
      text.replace(edit->range.begin, edit->range.end - edit->range.begin, edit->text);
    }
  }
  return text;
}

}  // namespace backstay::compiler::lsp
