#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

/// Grants that an import of a file with these declarations lacks when it grants nothing.
std::size_t lacking(const std::string& declarations) {
  return compile_files({{"policy.stay", "language 1\npolicy sample\nimport \"./a.stay\"\n"},
                        {"a.stay", "language 1\nlibrary a\n" + declarations}})
      .of(Kind::ImportBrings)
      .size();
}

std::string profile(const std::string& fact) {
  return "profile p {\n    " + fact + "\n}\n";
}

}  // namespace

TEST_CASE("a file beside runs no command that its import did not grant") {
  for (const char* fact :
       {"before-backup [\"x\"]", "after-backup [\"x\"]", "before-restore [\"x\"]",
        "after-restore [\"x\"]", "check [\"x\"]", "export e run [\"x\"]"}) {
    INFO(fact);
    CHECK(lacking(profile(fact)) == 1);
  }
  CHECK(lacking("notify n {\n    command [\"x\"]\n}\n") == 1);
  CHECK(lacking("drill d {\n    expect run [\"x\"]\n}\n") == 1);
  CHECK(lacking("secret s {\n    command [\"x\"]\n}\n") == 2);
  CHECK(lacking(profile("path /srv/app")) == 0);
}

TEST_CASE("what only looks at a restore is no command") {
  CHECK(lacking("drill d {\n    expect file /x\n    expect rows a.b at-least 1\n}\n") == 0);
}

TEST_CASE("a file beside names no secret that its import did not grant") {
  CHECK(lacking("mariadb m {\n    login l\n}\n") == 1);
  CHECK(lacking("key k {\n    identity l\n}\n") == 1);
  CHECK(lacking("notify n {\n    webhook l\n    healthcheck l\n}\n") == 1);
}

TEST_CASE("the standard library probes and exports without a grant") {
  const Compilation compilation = compile_text(
      with_backup("import openstack.nova\n"
                  "service nova from openstack.nova {\n    on one\n    set server db\n}\n"));
  CHECK(compilation.of(Kind::ImportBrings).empty());
}

}  // namespace backstay::compiler::testing
