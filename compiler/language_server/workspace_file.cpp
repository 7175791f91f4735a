#include "compiler/language_server/workspace_file.hpp"

#include "compiler/load/import_path.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::compiler::lsp {

WorkspaceFile describe_file(const std::string& path, const std::string& text) {
  WorkspaceFile described;
  lang::SourceSet sources;
  lang::Diagnostics unused;
  const lang::FileId id = sources.add(path, text);
  const lang::ast::File tree = lang::parse(sources, id, unused).file;
  for (const lang::ast::Fact& fact : tree.facts) {
    const std::string_view word = fact.word.text;
    if (word == "policy" || word == "library") {
      described.role = word == "policy" ? FileRole::Policy : FileRole::Library;
    } else if (word == "import" && fact.argument_count > 0) {
      const lang::ast::Argument& what = tree.arguments_of(fact).front();
      const bool quoted = what.kind == lang::ast::ArgumentKind::String;
      if (const auto beside = quoted ? import_path(folder_of(path), what.text) : std::nullopt) {
        described.imports.push_back("/" + *beside);
      }
    }
  }
  if (path.ends_with(".test.stay")) {
    described.role = FileRole::Test;
  }
  return described;
}

}  // namespace backstay::compiler::lsp
