#include <algorithm>
#include <set>

#include "compiler/language_server/navigation.hpp"
#include "compiler/language_server/rename.hpp"
#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"
#include "tests/unit/compiler/language_server/fixture.hpp"

using namespace backstay;
using namespace backstay::compiler::lsp;

namespace {

constexpr const char* kPolicy =
    "language 1\npolicy p\nimport \"./lib.stay\"\n\nhost one\nhosts two[1-3] {\n}\n\n"
    "group both {\n    members one, two[1-2]\n}\n\n"
    "service a from lib {\n    on both\n    set what one\n}\n\n"
    "service b {\n    on two1\n    needs a\n}\n";
constexpr const char* kLibrary =
    "language 1\nlibrary lib\n\nprofile lib {\n    param what name\n    on what\n    units "
    "engine\n}\n\n"
    "profile more from lib {\n    units x\n}\n";

Fixture sample() {
  return Fixture({{"/w/p.stay", kPolicy}, {"/w/lib.stay", kLibrary}});
}

using Texts = std::vector<std::string>;

Texts texts(Fixture& fixture, const std::vector<FileRange>& ranges) {
  Texts found;
  for (const FileRange& range : ranges) {
    const auto line = 1 + std::count(fixture.files.at(range.path).begin(),
                                     fixture.files.at(range.path).begin() +
                                         static_cast<std::ptrdiff_t>(range.begin),
                                     '\n');
    found.push_back(range.path.substr(3) + ":" + std::to_string(line) + " " +
                    fixture.files.at(range.path).substr(range.begin, range.end - range.begin));
  }
  return found;
}

}  // namespace

TEST_CASE("a name leads to its declaration, also through a parameter's use", "[lsp]") {
  Fixture fixture = sample();
  const auto lead = [&](const char* path, const char* needle) {
    return texts(fixture, definitions(fixture.workspace, path, fixture.at(path, needle)));
  };
  CHECK(lead("/w/p.stay", "needs |a") == Texts{"p.stay:13 a"});
  CHECK(lead("/w/p.stay", "on bo|th") == Texts{"p.stay:9 both"});
  CHECK(lead("/w/p.stay", "on two|1") == Texts{"p.stay:6 two[1-3]"});
  CHECK(lead("/w/p.stay", "set wh|at") == Texts{"lib.stay:5 what"});
  // The profile puts the parameter where a host is due, so its value is one.
  CHECK(lead("/w/p.stay", "set what o|ne") == Texts{"p.stay:5 one"});
  CHECK(lead("/w/lib.stay", "on wh|at") == Texts{"lib.stay:5 what"});
  CHECK(lead("/w/lib.stay", "from li|b") == Texts{"lib.stay:4 lib"});
  CHECK(lead("/w/p.stay", "language |1").empty());
}

TEST_CASE("lists of hosts are references to each of theirs", "[lsp]") {
  Fixture fixture = sample();
  const auto found =
      references(fixture.workspace, "/w/p.stay", fixture.at("/w/p.stay", "on two|1"), true);
  CHECK(texts(fixture, found) ==
        Texts{"p.stay:6 two[1-3]", "p.stay:10 two[1-2]", "p.stay:19 two1"});
}

TEST_CASE("a profile of its library's name is renamed to a longer name elsewhere", "[lsp]") {
  Fixture fixture = sample();
  const auto edits =
      rename(fixture.workspace, "/w/lib.stay", fixture.at("/w/lib.stay", "profile l|ib"), "base");
  REQUIRE(edits);
  CHECK(with_edits(kLibrary, "/w/lib.stay", *edits) ==
        "language 1\nlibrary lib\n\nprofile base {\n    param what name\n    on what\n    units "
        "engine\n}\n\n"
        "profile more from base {\n    units x\n}\n");
  CHECK(with_edits(kPolicy, "/w/p.stay", *edits).find("service a from lib.base {") !=
        std::string::npos);
}

TEST_CASE("a rename that changes what another word means is refused", "[lsp]") {
  Fixture fixture = sample();
  const auto why = [&](const char* path, const char* needle, const char* name) {
    const auto edits = rename(fixture.workspace, path, fixture.at(path, needle), name);
    REQUIRE_FALSE(edits);
    return edits.error().message;
  };
  // The unit would be taken for the parameter.
  CHECK(why("/w/lib.stay", "param wh|at", "engine")
            .find("`engine` would mean something else in "
                  "/w/lib.stay:7") != std::string::npos);
  // `on one` would mean a host and a group.
  CHECK(why("/w/p.stay", "group bo|th", "one").find("would") != std::string::npos);
}

TEST_CASE("a file of two policies is renamed in both", "[lsp]") {
  Fixture fixture(
      {{"/w/p.stay", "language 1\npolicy p\nimport \"./s.stay\"\nhost a {\n    at x\n}\n"},
       {"/w/q.stay", "language 1\npolicy q\nimport \"./s.stay\"\nhost b {\n    at x\n}\n"},
       {"/w/s.stay", "language 1\nlibrary s\nsite x\n"}});
  const auto edits = rename(fixture.workspace, "/w/p.stay", fixture.at("/w/p.stay", "at |x"), "y");
  REQUIRE(edits);
  CHECK(edits->size() == 3);
}

TEST_CASE("an open text counts, not the one on disk", "[lsp]") {
  Fixture fixture = sample();
  fixture.workspace.open("/w/lib.stay", "language 1\nlibrary lib\nprofile other {\n}\n", 1);
  CHECK(definitions(fixture.workspace, "/w/p.stay", fixture.at("/w/p.stay", "from l|ib")).empty());
  fixture.workspace.close("/w/lib.stay");
  CHECK(definitions(fixture.workspace, "/w/p.stay", fixture.at("/w/p.stay", "from l|ib")).size() ==
        1);
}

TEST_CASE("every type of argument that names declarations knows where they are", "[lsp]") {
  const std::set<std::string_view> of_the_world = {
      "ADDRESS", "ANY",     "CODE",      "COUNT",  "DATABASE", "DATE",   "DAY",     "DURATION",
      "FACT",    "GRANT",   "INSTANT",   "KIND",   "LIBRARY",  "NAME",   "ORDINAL", "OUTCOME",
      "PATH",    "PATTERN", "QUALIFIED", "RATE",   "SIZE",     "STRING", "TABLE",   "TIME",
      "TYPE",    "UNIT",    "USER",      "VECTOR", "ZONE"};
  for (const lang::ArgumentType& type : lang::argument_types()) {
    INFO(type.name);
    CHECK(spaces_of_type(type.name).empty() == of_the_world.contains(type.name));
  }
}

TEST_CASE("every word that declares a name has its space", "[lsp]") {
  const std::set<std::string_view> nameless = {"language", "policy", "library",  "zone",
                                               "import",   "param",  "require",  "moved",
                                               "allow",    "test",   "inventory"};
  for (const std::string& word : lang::words_of("file")) {
    INFO(word);
    CHECK(space_of(word).empty() == nameless.contains(word));
  }
}
