#include "compiler/language_server/completion.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/language_server/cursor.hpp"
#include "compiler/language_server/fact_roles.hpp"
#include "compiler/language_server/profile_chain.hpp"
#include "compiler/load/standard_library.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

class Completer {
 public:
  Completer(std::shared_ptr<const Project> project, const LoadedFile& file)
      : project_(std::move(project)), file_(file) {}

  Completion run(std::size_t offset) {
    const std::string_view text = project_->sources.file(file_.tree.id).text();
    const Cursor cursor = cursor_at(file_, text, offset);
    completion_.replaces = project_->range_of(cursor.token);
    switch (cursor.on) {
      case Cursor::On::Nothing:
        break;
      case Cursor::On::NewFact:
      case Cursor::On::Word:
        words_of_block(cursor.block);
        break;
      case Cursor::On::Argument:
        arguments(cursor);
        break;
    }
    return std::move(completion_);
  }

 private:
  void add(CompletionItem item) {
    if (seen_.insert(item.label).second) {
      item.insert = item.insert.empty() ? item.label : item.insert;
      completion_.items.push_back(std::move(item));
    }
  }

  // ---- words

  void words_of_block(std::string_view block) {
    for (const std::string& word : lang::words_of(block)) {
      const auto rows = rows_of(block, word);
      const lang::Signature& row = *rows.front();
      const bool takes_block = block == "file" && !lang::words_of(word).empty();
      std::string insert = word + (row.pattern.empty() ? "" : " ");
      if (takes_block) {
        insert = fmt::format("{} ${{1:{}}} {{\n    $0\n}}", word,
                             row.pattern.substr(0, row.pattern.find(' ')));
      }
      add({.label = word,
           .kind = CompletionKind::Word,
           .detail = fmt::format("{} {}", word, row.pattern),
           .documentation = std::string(row.meaning),
           .insert = std::move(insert),
           .snippet = takes_block});
    }
  }

  // ---- arguments

  void arguments(const Cursor& cursor) {
    const auto all = file_.tree.arguments_of(*cursor.fact);
    const std::string_view word = cursor.fact->word.text;
    if (cursor.argument < all.size() && all[cursor.argument].quoted) {
      return;
    }
    if (word == "set" && cursor.argument == 0) {
      parameters_of_profile(cursor);
      return;
    }
    if (word == "set" && cursor.argument > 0) {
      values_of_set(cursor);
      return;
    }
    for (const NextArgument& next :
         next_arguments(all.subspan(0, cursor.argument), cursor.block, word, cursor.after_comma)) {
      for (const std::string_view literal : next.words) {
        add({.label = std::string(literal),
             .kind = CompletionKind::Literal,
             .detail = fmt::format("{} {}", next.row->word, next.row->pattern),
             .documentation = {},
             .insert = {}});
      }
      if (next.type != nullptr) {
        values_of(*next.type, cursor);
      }
    }
  }

  void values_of(const lang::ArgumentType& type, const Cursor& cursor) {
    if (type.name == "NAME" || type.name == "QUALIFIED") {
      return;  // a new name: there is nothing to choose from
    }
    for (const std::string_view space : spaces_of_type(type.name)) {
      names(space);
    }
    if (type.name == "LIBRARY") {
      libraries();
    } else if (type.name == "PROFILE") {
      profiles_to_import();
    } else if (type.name == "CODE") {
      codes();
    } else if (type.name == "FACT") {
      words_to_take_away();
    } else if (type.name == "KIND") {
      kinds();
    } else {
      fixed_words(type);
    }
    parameters_in_scope(type, cursor);
  }

  void fixed_words(const lang::ArgumentType& type) {
    for (const std::string_view word : lang::words_of_type(type)) {
      add({.label = std::string(word),
           .kind = type.name == "TYPE" ? CompletionKind::Type : CompletionKind::Value,
           .detail = std::string(type.expected),
           .documentation = {},
           .insert = {}});
    }
  }

  void names(std::string_view space) {
    constexpr std::size_t kMostNames = 2'000;
    std::size_t count = 0;
    for (const auto& [name, place] : project_->index.all_of(space)) {
      if (++count > kMostNames) {
        return;
      }
      add({.label = name,
           .kind = CompletionKind::Name,
           .detail = std::string(place->declaration->word.text),
           .documentation = std::string(project_->sources.text(place->declaration->span)),
           .insert = {}});
    }
  }

  void libraries() {
    for (const std::string& library : standard_library_names()) {
      add({.label = library,
           .kind = CompletionKind::Library,
           .detail = "the standard library",
           .documentation = {},
           .insert = {}});
    }
  }

  // Profiles of libraries that are not imported yet: the finding then offers the import.
  void profiles_to_import() {
    for (const std::string& library : standard_library_names()) {
      add({.label = library,
           .kind = CompletionKind::Library,
           .detail = "needs `import " + library + "`",
           .documentation = {},
           .insert = {}});
    }
  }

  void codes() {
    for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
      add({.label = std::string(lang::info(kind).code),
           .kind = CompletionKind::Value,
           .detail = std::string(lang::info(kind).summary),
           .documentation = {},
           .insert = {}});
    }
  }

  void kinds() {
    for (const std::string& word : lang::words_of("file")) {
      if (!space_of(word).empty()) {
        add({.label = word,
             .kind = CompletionKind::Value,
             .detail = "a kind of declaration",
             .documentation = {},
             .insert = {}});
      }
    }
  }

  void words_to_take_away() {
    for (const std::string& word : lang::words_of("service")) {
      add({.label = word,
           .kind = CompletionKind::Literal,
           .detail = "a fact of the profile",
           .documentation = {},
           .insert = {}});
    }
  }

  // ---- parameters

  void add_parameter(const ProfileEntry& parameter, std::string_view whose) {
    const auto arguments = parameter.file->tree.arguments_of(*parameter.fact);
    add({.label = std::string(arguments.front().text),
         .kind = CompletionKind::Parameter,
         .detail = std::string(whose),
         .documentation = std::string(project_->sources.text(parameter.fact->span)),
         .insert = {}});
  }

  void parameters_of_profile(const Cursor& cursor) {
    const ProfileChain profiles(project_->analysis.loaded);
    if (cursor.declaration == nullptr) {
      return;
    }
    for (const std::string& base : profiles.bases_of(file_, *cursor.declaration)) {
      for (const ProfileEntry& parameter : profiles.parameters_of(base)) {
        add_parameter(parameter, "of profile " + base);
      }
    }
  }

  void values_of_set(const Cursor& cursor) {
    const ProfileChain profiles(project_->analysis.loaded);
    const auto arguments = file_.tree.arguments_of(*cursor.fact);
    if (cursor.declaration == nullptr) {
      return;
    }
    const std::string_view name = arguments.front().text;
    const auto owner = profiles.owner_of_parameter(file_, *cursor.declaration, name);
    const std::string_view type =
        owner ? profiles.type_of({"param " + *owner, std::string(name)}) : std::string_view{};
    for (const std::string_view space : spaces_of_parameter(type)) {
      names(space);
    }
    if (type == "bool") {
      for (const char* const word : {"true", "false"}) {
        add({.label = word,
             .kind = CompletionKind::Value,
             .detail = "bool",
             .documentation = {},
             .insert = {}});
      }
    }
  }

  // Parameters of the profile around the place, and those of the policy, that fit.
  void parameters_in_scope(const lang::ArgumentType& type, const Cursor& cursor) {
    const ProfileChain profiles(project_->analysis.loaded);
    std::vector<ProfileEntry> visible;
    if (cursor.block == "profile" && cursor.declaration != nullptr &&
        cursor.declaration->argument_count > 0) {
      visible = profiles.parameters_of(
          full_profile_name(file_, file_.tree.arguments_of(*cursor.declaration).front().text));
    }
    if (file_.entry) {
      const auto own = profiles.parameters_of("");
      visible.insert(visible.end(), own.begin(), own.end());
    }
    for (const ProfileEntry& parameter : visible) {
      const auto arguments = parameter.file->tree.arguments_of(*parameter.fact);
      if (arguments.size() > 1 && lang::parameter_fits(type, true, arguments[1].text)) {
        add_parameter(parameter, "a parameter");
      }
    }
  }

  std::shared_ptr<const Project> project_;
  const LoadedFile& file_;
  Completion completion_;
  std::set<std::string> seen_;
};

}  // namespace

Completion complete(Workspace& workspace, const std::string& path, std::size_t offset) {
  auto project = workspace.project_of(path);
  const LoadedFile* const file = project == nullptr ? nullptr : project->file(path);
  if (file == nullptr) {
    return {};
  }
  return Completer(std::move(project), *file).run(offset);
}

}  // namespace backstay::compiler::lsp
