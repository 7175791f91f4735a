#include "compiler/load/loader.hpp"

#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const std::string kLibrary = "language 1\nlibrary shared\n";

std::string policy(const std::string& rest) {
  return "language 1\npolicy sample\n" + rest;
}

}  // namespace

TEST_CASE("an entry file that cannot be read is an error of the world") {
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  const FileReader nothing = [](const std::string&) -> Result<std::string> {
    return Error{.kind = ErrorKind::NotFound, .message = "not there"};
  };
  const auto loaded = load("policy.stay", nothing, sources, diagnostics);
  REQUIRE_FALSE(loaded);
  REQUIRE(loaded.error().kind == ErrorKind::NotFound);
}

TEST_CASE("a file that is reached twice is read once") {
  const Compilation compilation =
      compile_files({{"policy.stay", policy("import \"./a.stay\"\nimport \"./sub/b.stay\"\n")},
                     {"a.stay", "language 1\nlibrary a\nimport \"./sub/c.stay\"\n"},
                     {"sub/b.stay", "language 1\nlibrary b\nimport \"./c.stay\"\n"},
                     {"sub/c.stay", "language 1\nlibrary c\n"}});
  require_errors(compilation, {});
  REQUIRE(compilation.read ==
          std::vector<std::string>{"policy.stay", "a.stay", "sub/c.stay", "sub/b.stay"});
}

TEST_CASE("the standard library is imported by name and read from no file") {
  const Compilation compilation = compile_text(policy("import openstack.nova\n"));
  require_errors(compilation, {});
  REQUIRE(compilation.read == std::vector<std::string>{"policy.stay"});
  REQUIRE(compilation.sources.file(1).name() == "<stdlib>/openstack/nova.stay");
}

TEST_CASE("an unknown library suggests the nearest one") {
  const Compilation compilation = compile_text(policy("import openstack.keyston\n"));
  require_errors(compilation, {Kind::UnknownImport});
  REQUIRE(compilation.shown(Kind::UnknownImport) == "openstack.keyston");
  REQUIRE(compilation.help(Kind::UnknownImport) == "did you mean `openstack.keystone`?");
}

TEST_CASE("an imported file that is not there is a finding of the import") {
  const Compilation compilation = compile_text(policy("import \"./none.stay\"\n"));
  require_errors(compilation, {Kind::UnknownImport});
  REQUIRE(compilation.shown(Kind::UnknownImport) == "\"./none.stay\"");
}

TEST_CASE("nothing outside the folder of the policy is even asked for") {
  const Compilation compilation = compile_text(
      policy("import \"../x.stay\"\nimport \"/etc/x.stay\"\nimport \"https://example.org/x.stay\"\n"
             "import \"sub/../../x.stay\"\n"));
  require_errors(compilation, {Kind::ImportOutside, Kind::ImportOutside, Kind::ImportOutside,
                               Kind::ImportOutside});
  REQUIRE(compilation.read == std::vector<std::string>{"policy.stay"});
}

TEST_CASE("an import cycle is shown whole, with the line of every import in it") {
  const Compilation compilation =
      compile_files({{"policy.stay", policy("import \"./a.stay\"\n")},
                     {"a.stay", "language 1\nlibrary a\nimport \"./b.stay\"\n"},
                     {"b.stay", "language 1\nlibrary b\nimport \"./c.stay\"\n"},
                     {"c.stay", "language 1\nlibrary c\nimport \"./a.stay\"\n"}});
  require_errors(compilation, {Kind::ImportCycle});
  const lang::Diagnostic finding = compilation.of(Kind::ImportCycle).front();
  REQUIRE(finding.witness == std::vector<std::string>{"a.stay → b.stay → c.stay → a.stay"});
  REQUIRE(compilation.sources.file(finding.primary.file).name() == "c.stay");
  REQUIRE(finding.labels.size() == 2);
}

TEST_CASE("a file that imports itself, or the entry file, is a cycle") {
  require_errors(compile_text(policy("import \"./policy.stay\"\n")), {Kind::ImportCycle});
}

TEST_CASE("imports nest sixteen deep and no deeper") {
  const auto chain = [](std::size_t length) {
    Files files = {{"policy.stay", policy("import \"./f1.stay\"\n")}};
    for (std::size_t file = 1; file <= length; ++file) {
      const std::string number = std::to_string(file);
      files["f" + number + ".stay"] =
          "language 1\nlibrary f" + number + "\n" +
          (file < length ? "import \"./f" + std::to_string(file + 1) + ".stay\"\n" : "");
    }
    return compile_files(files);
  };
  require_errors(chain(16), {});
  require_errors(chain(17), {Kind::TooManyImports});
}

TEST_CASE("a policy has 256 files and no more") {
  const auto wide = [](std::size_t count) {
    Files files;
    std::string imports;
    for (std::size_t file = 0; file < count; ++file) {
      const std::string number = std::to_string(file);
      imports += "import \"./f" + number + ".stay\"\n";
      files["f" + number + ".stay"] = "language 1\nlibrary f" + number + "\n";
    }
    files["policy.stay"] = policy(imports);
    return compile_files(files);
  };
  require_errors(wide(255), {});
  require_errors(wide(256), {Kind::TooManyImports});
}

TEST_CASE("every file begins with its language") {
  require_errors(compile_text("policy sample\n"), {Kind::LanguageMissing});
  require_errors(compile_text("policy sample\nlanguage 1\n"), {Kind::LanguageMissing});
  require_errors(
      compile_files({{"policy.stay", policy("import \"./a.stay\"\n")}, {"a.stay", "library a\n"}}),
      {Kind::LanguageMissing});
}

TEST_CASE("a newer language is an error and never a guess") {
  require_errors(compile_text("language 2\npolicy sample\n"), {Kind::UnknownLanguage});
  require_errors(compile_text("language 0\npolicy sample\n"), {Kind::UnknownLanguage});
}

TEST_CASE("only the entry file is a policy and only imported ones are libraries") {
  require_errors(compile_text("language 1\n"), {Kind::MisplacedHead});
  require_errors(compile_text("language 1\nlibrary a\n"), {Kind::MisplacedHead});
  const auto importing = [](const std::string& text) {
    return compile_files({{"policy.stay", policy("import \"./a.stay\"\n")}, {"a.stay", text}});
  };
  require_errors(importing(kLibrary), {});
  require_errors(importing("language 1\n"), {Kind::MisplacedHead});
  require_errors(importing("language 1\npolicy other\n"), {Kind::MisplacedHead});
  require_errors(importing(kLibrary + "zone UTC\n"), {Kind::MisplacedHead});
}

TEST_CASE("an import brings secrets and targets only where it says so") {
  const auto importing = [](const std::string& with) {
    return compile_files(
        {{"policy.stay", policy("import \"./a.stay\"" + with + "\n")},
         {"a.stay",
          "language 1\nlibrary a\nimport \"./b.stay\" with secrets\n"
          "target disk {\n    directory /backup\n}\n"},
         {"b.stay", "language 1\nlibrary b\nsecret login {\n    file /etc/login\n}\n"}});
  };
  REQUIRE(importing("").of(Kind::ImportBrings).size() == 2);
  REQUIRE(importing(" with secrets").of(Kind::ImportBrings).size() == 1);
  REQUIRE(importing(" with secrets, targets").of(Kind::ImportBrings).empty());
}

TEST_CASE("an import brings hooks and suppressions only where it says so") {
  const auto importing = [](const std::string& with) {
    return compile_files(
        {{"policy.stay", policy("import \"./a.stay\"" + with + "\n")},
         {"a.stay",
          "language 1\nlibrary a\nprofile p {\n    before-backup [\"sync\"]\n}\n"
          "allow BST0403 on schedule nightly because \"known\" until 2030-01-01\n"}});
  };
  REQUIRE(importing("").of(Kind::ImportBrings).size() == 2);
  REQUIRE(importing(" with hooks, allows").of(Kind::ImportBrings).empty());
}

TEST_CASE("syntax errors of all files are reported in one run") {
  const Compilation compilation =
      compile_files({{"policy.stay", policy("import \"./a.stay\"\nhost \"unclosed\n")},
                     {"a.stay", kLibrary + "host \"unclosed\n"}});
  REQUIRE(compilation.of(Kind::UnterminatedString).size() == 2);
  REQUIRE_FALSE(compilation.plan);
}

}  // namespace backstay::compiler::testing
