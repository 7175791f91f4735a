#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {

TEST_CASE("a sound policy gives a plan and no finding") {
  const Compilation compilation =
      compile_text(with_backup("service web {\n    on one\n    path /srv/web\n}\n"));
  require_errors(compilation, {});
  REQUIRE(compilation.plan);
}

TEST_CASE("an unknown name suggests the nearest of its kind") {
  const Compilation compilation =
      compile_text(with_backup("service keystone {\n    on one\n    path /a\n}\n"
                               "service web {\n    on one\n    path /b\n    needs keyston\n}\n"));
  require_errors(compilation, {Kind::UnknownReference});
  REQUIRE(compilation.shown(Kind::UnknownReference) == "keyston");
  REQUIRE(compilation.help(Kind::UnknownReference) == "did you mean `keystone`?");
}

TEST_CASE("a name of another kind is called what it is") {
  const Compilation compilation =
      compile_text(with_backup("service web {\n    on one\n    path /b\n    needs db\n}\n"));
  require_errors(compilation, {Kind::UnknownReference});
  REQUIRE(compilation.help(Kind::UnknownReference) ==
          "`db` is a mariadb, and a service is needed here");
}

TEST_CASE("a profile of the standard library that is not imported is pointed to") {
  const Compilation compilation =
      compile_text(with_backup("service swift from openstack.swift {\n    on one\n}\n"));
  require_errors(compilation, {Kind::UnknownReference});
  REQUIRE(compilation.help(Kind::UnknownReference) == "add `import openstack.swift`");
}

TEST_CASE("a name is unique in its kind, and both places are shown") {
  const Compilation compilation =
      compile_text(with_backup("host one\nsecret db {\n    file /x\n}\n"));
  require_errors(compilation, {Kind::DuplicateDeclaration});
  const lang::Diagnostic finding = compilation.of(Kind::DuplicateDeclaration).front();
  REQUIRE(finding.labels.size() == 1);
  REQUIRE(compilation.sources.text(finding.labels.front().span) == "one");
}

TEST_CASE("a fact that may stand once is reported with the first one") {
  const Compilation compilation =
      compile_text(with_backup("service web {\n    on one\n    path /b\n    on one\n}\n"));
  require_errors(compilation, {Kind::DuplicateFact});
  REQUIRE(compilation.of(Kind::DuplicateFact).front().labels.size() == 1);
}

TEST_CASE("one path, pattern or database is said once in a block") {
  const Compilation compilation =
      compile_text(with_backup("service web {\n    on one\n    path /b\n    path /b as c\n"
                               "    except /b/x because \"x\"\n    except /b/x because \"y\"\n"
                               "    database d, d on db\n}\n"));
  require_errors(compilation, {Kind::DuplicateFact, Kind::DuplicateFact, Kind::DuplicateFact});
}

TEST_CASE("a declaration with a mistake is still known by its name") {
  const Compilation compilation =
      compile_text(with_backup("service base {\n    on one\n    path 26h\n}\n"
                               "service web {\n    on one\n    path /b\n    needs base\n}\n"));
  REQUIRE(compilation.of(Kind::UnknownReference).empty());
  REQUIRE(compilation.diagnostics.error_count() == 1);
}

TEST_CASE("an unknown name is reported once, however often its profile is used") {
  const Compilation compilation =
      compile_text(with_backup("profile p {\n    on one\n    database x on nowhere\n}\n"
                               "service a from p\nservice b from p\n"));
  require_errors(compilation, {Kind::UnknownReference});
}

TEST_CASE("what a declaration cannot do without is asked for") {
  const Compilation compilation = compile_text(
      "language 1\npolicy sample\nzone UTC\nhost one\nsecret s { }\nmariadb m { }\nservice w { }\n"
      "target t { }\nschedule c { }\nbackup b { }\n");
  // secret: place; mariadb: host and way; service: host; target: place; schedule: rule;
  // backup: services and target
  REQUIRE(compilation.of(Kind::MissingFact).size() == 8);
  REQUIRE(compilation.diagnostics.error_count() == 8);
}

TEST_CASE("facts that exclude each other are reported together") {
  const Compilation compilation = compile_text(
      "language 1\npolicy sample\nhost one\n"
      "mariadb m {\n    on one\n    socket /s\n    address \"::1\"\n}\n"
      "schedule c {\n    every day at 02:30\n    calendar \"daily\"\n}\n");
  REQUIRE(compilation.of(Kind::ConflictingFacts).size() == 2);
}

TEST_CASE("components of one service have different names") {
  const auto with_paths = [](const std::string& facts) {
    return compile_text(with_backup("service web {\n    on one\n" + facts + "}\n"));
  };
  require_errors(with_paths("    path /etc/web\n    path /srv/web\n"), {Kind::DuplicateComponent});
  require_errors(with_paths("    path /etc/web as etc\n    path /srv/web\n"), {});
  require_errors(with_paths("    path /etc/web\n    database web on db\n"),
                 {Kind::DuplicateComponent});
  require_errors(with_paths("    path /srv/all\n    database all on db\n"),
                 {Kind::DuplicateComponent});
}

TEST_CASE("a service called as a server leaves its accounts their name") {
  const Compilation compilation =
      compile_text(with_backup("service db {\n    on one\n    path /srv/accounts\n}\n"));
  require_errors(compilation, {Kind::DuplicateComponent});
}

TEST_CASE("a pattern is no path") {
  require_errors(
      compile_text(with_backup("service web {\n    on one\n    path /srv/*/x as x\n}\n")),
      {Kind::PatternForPath});
  const Compilation quoted =
      compile_text(with_backup("service web {\n    on one\n    path \"/srv/\\*\" as x\n}\n"));
  INFO(quoted.report());
  REQUIRE(quoted.of(Kind::PatternForPath).empty());
}

TEST_CASE("a number that no variable holds is out of range") {
  Compilation compilation =
      compile_text("language 1\npolicy sample\nretention r {\n    daily 99999999999999999999\n}\n");
  REQUIRE(compilation.diagnostics.error_count() == 1);
}

TEST_CASE("a whole backup leaves out what is external or unprotected on purpose") {
  const Compilation compilation = compile_text(
      with_backup("service a {\n    on one\n    path /a\n}\n"
                  "service b {\n    external because \"the network team keeps it\"\n}\n"
                  "service c {\n    on one\n    unprotected because \"made again by a script\"\n}\n"
                  "service d {\n    on one\n    path /d\n}\n"));
  require_errors(compilation, {});
  REQUIRE(compilation.plan->backups.front().services == std::vector<std::string>{"a", "d"});
}

TEST_CASE("a backup that can capture nothing is an error, for its runs would end well") {
  const Compilation nothing =
      compile_text(with_backup("service w {\n    on one\n    units w\n}\n"));
  require_errors(nothing, {Kind::MissingFact});
  REQUIRE(nothing.shown(Kind::MissingFact) == "all-of-it");
}

TEST_CASE("a service that is named twice in a backup is reported") {
  const Compilation compilation =
      compile_text(with_backup("service a {\n    on one\n    path /a\n}\n"
                               "backup more {\n    cover a, a\n    to disk keep short\n}\n"));
  require_errors(compilation, {Kind::DuplicateFact});
}

}  // namespace backstay::compiler::testing
