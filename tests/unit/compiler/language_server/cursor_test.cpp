#include "compiler/language_server/cursor.hpp"

#include "lang/syntax/parser.hpp"
#include "tests/support/catch.hpp"

using namespace backstay;
using namespace backstay::compiler;
using namespace backstay::compiler::lsp;

namespace {

using On = Cursor::On;

/// What stands at the `|` of a text.
struct At {
  std::string text;
  lang::SourceSet sources;
  lang::Diagnostics findings;
  LoadedFile file;
  Cursor cursor;

  explicit At(std::string marked) {
    const std::size_t offset = marked.find('|');
    text = marked.erase(offset, 1);
    file.tree = lang::parse(sources, sources.add("a.stay", text), findings).file;
    cursor = cursor_at(file, sources.file(file.tree.id).text(), offset);
  }

  [[nodiscard]] std::string word() const {
    return cursor.fact == nullptr ? "" : std::string(cursor.fact->word.text);
  }

  [[nodiscard]] std::string token() const {
    return text.substr(cursor.token.begin, cursor.token.end - cursor.token.begin);
  }
};

}  // namespace

TEST_CASE("an empty line is a place for a fact of its block", "[lsp]") {
  CHECK(At("|").cursor.on == On::NewFact);
  CHECK(At("policy a\n|\n").cursor.block == "file");
  const At inside("service a {\n    |\n}\n");
  CHECK(inside.cursor.on == On::NewFact);
  CHECK(inside.cursor.block == "service");
  CHECK(At("service a {\n}|\n").cursor.block == "file");
  CHECK(At("service a {\n    on b\n    |").cursor.block == "service");  // not closed yet
}

TEST_CASE("a word that is being typed is that of its fact", "[lsp]") {
  const At typed("service a {\n    pat|\n}\n");
  CHECK(typed.cursor.on == On::Word);
  CHECK(typed.token() == "pat");
  CHECK(typed.cursor.block == "service");
  CHECK(At("serv|ice a").cursor.block == "file");
}

TEST_CASE("arguments are counted, the one being typed included", "[lsp]") {
  const At second("service a {\n    path /b a|\n}\n");
  CHECK(second.cursor.on == On::Argument);
  CHECK(second.word() == "path");
  CHECK(second.cursor.argument == 1);
  CHECK(second.token() == "a");
  const At next("service a {\n    path /b |\n}\n");
  CHECK(next.cursor.argument == 1);
  CHECK(next.token().empty());
}

TEST_CASE("a list goes on behind its comma, on the next line too", "[lsp]") {
  const At same("service a {\n    needs b, |\n}\n");
  CHECK(same.cursor.on == On::Argument);
  CHECK(same.cursor.after_comma);
  CHECK(same.cursor.argument == 1);
  const At below("service a {\n    needs b,\n        |c\n}\n");
  CHECK(below.word() == "needs");
  CHECK(below.cursor.after_comma);
}

TEST_CASE("nothing is looked for in comments", "[lsp]") {
  CHECK(At("policy a # b|").cursor.on == On::Nothing);
  CHECK(At("## a|\n").cursor.on == On::Nothing);
  CHECK(At("owner \"# no comment\" a|").cursor.on == On::Argument);
}

TEST_CASE("a short block on one line holds its facts", "[lsp]") {
  const At inside("host a { at | }");
  CHECK(inside.cursor.block == "host");
  CHECK(inside.word() == "at");
}
