#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

std::string policy(const std::string& parameter, const std::string& fact) {
  return with_backup(parameter + "service web {\n    on one\n    path /srv/web as tree\n    " +
                     fact + "\n}\n");
}

std::vector<plan::Parameter> parameters(const Compilation& compilation) {
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  return compilation.plan->parameters;
}

}  // namespace

TEST_CASE("a parameter is its default unless --set gives another value") {
  const std::string text = policy("param dir path = /srv/one\n", "path dir as data");
  REQUIRE(parameters(compile_text(text)) == std::vector<plan::Parameter>{{"dir", "/srv/one"}});
  const Compilation given = compile_text(text, {{"dir", "/srv/two"}});
  REQUIRE(parameters(given) == std::vector<plan::Parameter>{{"dir", "/srv/two"}});
  REQUIRE(plan::to_yaml(*given.plan).find("/srv/one") == std::string::npos);
}

TEST_CASE("a parameter without default must be given") {
  const std::string text = policy("param dir path\n", "path dir as data");
  const Compilation missing = compile_text(text);
  require_errors(missing, {Kind::MissingParameter});
  REQUIRE(missing.help(Kind::MissingParameter).find("--set dir=") != std::string::npos);
  require_errors(compile_text(text, {{"dir", "/srv/two"}}), {});
}

TEST_CASE("a value for no parameter is reported with the nearest one") {
  const Compilation compilation =
      compile_text(policy("param dir path = /srv/one\n", "path dir as data"), {{"dirr", "/x"}});
  require_errors(compilation, {Kind::UnknownParameter});
  REQUIRE(compilation.shown(Kind::UnknownParameter) == "dirr");
  REQUIRE(compilation.help(Kind::UnknownParameter) == "did you mean `dir`?");
}

TEST_CASE("a value of another type is reported where it stands") {
  const std::string text = policy("param dir path = /srv/one\n", "path dir as data");
  const Compilation given = compile_text(text, {{"dir", "26h"}});
  require_errors(given, {Kind::WrongParameterType});
  REQUIRE(given.shown(Kind::WrongParameterType) == "26h");
  const Compilation by_default = compile_text(policy("param dir path = 7\n", "path dir as data"));
  require_errors(by_default, {Kind::WrongParameterType});
  REQUIRE(by_default.shown(Kind::WrongParameterType) == "7");
}

TEST_CASE("a value cannot smuggle further facts in") {
  const std::string text = policy("param dir path = /srv/one\n", "path dir as data");
  REQUIRE_FALSE(compile_text(text, {{"dir", "/a\nhost two"}}).plan);
  REQUIRE_FALSE(compile_text(text, {{"dir", "/a, /b"}}).plan);
  REQUIRE_FALSE(compile_text(text, {{"dir", ""}}).plan);
}

TEST_CASE("a text needs no quotes on the command line") {
  const std::string text = policy("param note string = \"x\"\n", "except /srv/web/t because note");
  const Compilation compilation = compile_text(text, {{"note", "it is \"made\" again"}});
  require_errors(compilation, {});
  REQUIRE(parameters(compilation) ==
          std::vector<plan::Parameter>{{"note", "\"it is \\\"made\\\" again\""}});
  REQUIRE(plan::to_yaml(*compilation.plan).find("it is \\\"made\\\" again") != std::string::npos);
}

TEST_CASE("a list of names stands for all of them") {
  const Compilation compilation =
      compile_text(policy("param names-of-web names = web, shop\n", "database names-of-web on db"));
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  const auto& dump = std::get<plan::DumpMariadb>(compilation.plan->backups[0].backup[1].action);
  REQUIRE(dump.databases ==
          std::vector<plan::DatabaseComponent>{{"web.shop", "shop"}, {"web.web", "web"}});
}

TEST_CASE("a quoted word is never a parameter") {
  const Compilation compilation =
      compile_text(policy("param shop name = other\n", "database \"shop\", shop on db"));
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  const auto& dump = std::get<plan::DumpMariadb>(compilation.plan->backups[0].backup[1].action);
  REQUIRE(dump.databases ==
          std::vector<plan::DatabaseComponent>{{"web.other", "other"}, {"web.shop", "shop"}});
}

TEST_CASE("a parameter that refers to a declaration refers to one that is there") {
  require_errors(compile_text(policy("param server mariadb = db\n", "database d on server")), {});
  const Compilation compilation =
      compile_text(policy("param server mariadb = bd\n", "database d on server"));
  require_errors(compilation, {Kind::UnknownReference});
  REQUIRE(compilation.shown(Kind::UnknownReference) == "bd");
}

TEST_CASE("a parameter is declared once") {
  require_errors(
      compile_text(policy("param dir path = /a\nparam dir path = /b\n", "path dir as d")),
      {Kind::DuplicateDeclaration});
}

TEST_CASE("parameters are seen in the entry file only") {
  Files files = {
      {"policy.stay", with_backup("import \"./web.stay\"\nparam shop name = other\n"
                                  "service a {\n    on one\n    database shop on db\n}\n")},
      {"web.stay",
       "language 1\nlibrary web\n"
       "service b {\n    on one\n    database shop on db\n}\n"}};
  const Compilation compilation = compile_files(files);
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  const auto& dump = std::get<plan::DumpMariadb>(compilation.plan->backups[0].backup[1].action);
  REQUIRE(dump.databases ==
          std::vector<plan::DatabaseComponent>{{"a.other", "other"}, {"b.shop", "shop"}});
}

}  // namespace backstay::compiler::testing
