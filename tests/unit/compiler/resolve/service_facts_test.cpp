// Exports, replicas, mirrors, hooks and what else a service says beyond its data.
#include "tests/unit/compiler/resolve/resolve_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const std::string kPlaces =
    "host one\ngroup g {\n    members one\n}\ngroup h {\n    members one\n}\n"
    "target t {\n    directory /backup\n}\n";

Resolution with_service(const std::string& facts) {
  return resolve_text(kPlaces + "service app {\n    on one\n" + facts + "}\n");
}

Resolution with_profile(const std::string& profile, const std::string& facts) {
  return resolve_text(kPlaces + "profile p {\n" + profile +
                      "}\nservice app from p {\n    on one\n" + facts + "}\n");
}

const Service& app(const Resolution& resolution) {
  return resolution.policy.services.at(0);
}

}  // namespace

TEST_CASE("what a service says beyond its data is kept") {
  const Resolution resolution = with_service(
      "    export definitions run [\"ctl\", \"export\"] import [\"ctl\", \"import\"]\n"
      "    replicate /etc/rings to g\n    mirror /srv/images to t\n    quiesce stop\n"
      "    before-backup [\"pause\"] accepts 3, 0, 3 timeout 5m\n    after-backup [\"resume\"]\n"
      "    before-restore [\"a\"]\n    after-restore [\"b\"]\n    size 20GiB changes 1GiB\n"
      "    owner \"app:app\"\n");
  require_errors(resolution, {});
  const Service& service = app(resolution);
  REQUIRE(service.exports.size() == 1);
  CHECK(service.exports[0].name.value == "definitions");
  CHECK(service.exports[0].run == std::vector<std::string>{"ctl", "export"});
  CHECK(service.exports[0].import == std::vector<std::string>{"ctl", "import"});
  CHECK(service.replicas.at(0).path.value == "/etc/rings");
  CHECK(resolution.policy.groups[service.replicas.at(0).group.value].name == "g");
  CHECK(service.mirrors.at(0).path.value == "/srv/images");
  CHECK(service.quiesce_stop);
  CHECK(service.before_backup->command == std::vector<std::string>{"pause"});
  CHECK(service.before_backup->accepts == std::vector<std::int64_t>{0, 3});
  CHECK(service.before_backup->timeout->value.seconds == 300);
  CHECK(service.after_backup->accepts == std::vector<std::int64_t>{0});
  CHECK(service.before_restore->command == std::vector<std::string>{"a"});
  CHECK(service.after_restore->command == std::vector<std::string>{"b"});
  CHECK(service.size->size.value.bytes == 20ULL << 30U);
  CHECK(service.size->changes->value.bytes == 1ULL << 30U);
  CHECK(service.owner->value == "app:app");
}

TEST_CASE("a path may be replicated to several groups, by path and group") {
  const Resolution resolution =
      with_service("    replicate /b to g\n    replicate /a to h\n    replicate /a to g\n");
  require_errors(resolution, {});
  REQUIRE(app(resolution).replicas.size() == 3);
  CHECK(app(resolution).replicas[0].path.value == "/a");
  CHECK(app(resolution).replicas[0].group.value == 0);
  CHECK(app(resolution).replicas[2].path.value == "/b");
  require_errors(with_service("    replicate /a to g\n    replicate /a to g\n"),
                 {Kind::DuplicateFact});
}

TEST_CASE("a service's facts stand over those of its profile") {
  const std::string profile =
      "    replicate /a to g\n    export e run [\"x\"]\n    before-backup [\"x\"]\n    size 1GiB\n";
  const Resolution over = with_profile(profile,
                                       "    replicate /a to h\n    export e run [\"y\"]\n    "
                                       "before-backup [\"y\"]\n    size 2GiB\n");
  require_errors(over, {});
  REQUIRE(app(over).replicas.size() == 1);
  CHECK(over.policy.groups[app(over).replicas[0].group.value].name == "h");
  CHECK(app(over).exports.at(0).run == std::vector<std::string>{"y"});
  CHECK(app(over).before_backup->command == std::vector<std::string>{"y"});
  CHECK(app(over).size->size.value.bytes == 2ULL << 30U);
}

TEST_CASE("every fact of a profile can be taken away") {
  const std::string profile =
      "    export e run [\"x\"]\n    replicate /a to g\n    mirror /m to t\n    quiesce stop\n"
      "    before-backup [\"x\"]\n    after-restore [\"x\"]\n    size 1GiB\n    owner \"a:a\"\n"
      "    check [\"one\"]\n    check [\"two\", \"x\"]\n    held keeper because \"x\"\n";
  const Resolution bare = with_profile(
      profile,
      "    path /srv/app\n    without export e\n    without replicate /a\n    without mirror\n"
      "    without quiesce\n    without before-backup\n    without after-restore\n"
      "    without size\n    without owner\n    without check [\"two\", \"x\"]\n"
      "    without held keeper\n");
  require_errors(bare, {});
  const Service& service = app(bare);
  CHECK(service.exports.empty());
  CHECK(service.replicas.empty());
  CHECK(service.mirrors.empty());
  CHECK(!service.quiesce_stop);
  CHECK(!service.before_backup);
  CHECK(!service.after_restore);
  CHECK(!service.size);
  CHECK(!service.owner);
  CHECK(service.held.empty());
  REQUIRE(service.checks.size() == 1);
  CHECK(service.checks[0].command == std::vector<std::string>{"one"});
}

TEST_CASE("what is not there cannot be taken away") {
  for (const char* fact : {"export e", "replicate /a", "mirror /m", "quiesce", "before-backup",
                           "size", "owner", "check [\"x\"]", "held keeper", "size 1GiB"}) {
    INFO(fact);
    require_errors(with_profile("    path /srv/app\n", "    without " + std::string(fact) + "\n"),
                   {Kind::WithoutNothing});
  }
}

TEST_CASE("parameters stand in all facts of a profile") {
  const Resolution resolution = resolve_text(
      kPlaces +
      "profile p {\n    param dir path\n    param to-target target\n    param to-group group\n"
      "    param command argv\n    param wait duration\n    param how-much size\n"
      "    param what name\n    replicate dir to to-group\n    mirror dir to to-target\n"
      "    export state run command\n    before-backup command timeout wait\n    size how-much\n"
      "    path dir as files\n    without sqlite what\n}\n"
      "profile base {\n    param x path = /x\n    sqlite /var/db as db\n}\n"
      "service app from p {\n    on one\n    set dir /srv/d\n    set to-target t\n    set to-group "
      "h\n"
      "    set command [\"run\", \"it\"]\n    set wait 90s\n    set how-much 3GiB\n    set what "
      "db\n}\n");
  require_errors(resolution, {Kind::WithoutNothing});
  const Service& service = app(resolution);
  CHECK(service.replicas.at(0).path.value == "/srv/d");
  CHECK(resolution.policy.groups[service.replicas.at(0).group.value].name == "h");
  CHECK(service.mirrors.at(0).path.value == "/srv/d");
  CHECK(service.exports.at(0).run == std::vector<std::string>{"run", "it"});
  CHECK(service.before_backup->timeout->value.seconds == 90);
  CHECK(service.size->size.value.bytes == 3ULL << 30U);
}

TEST_CASE("exports are components, and need names of their own") {
  require_errors(with_service("    path /srv/state\n    export state run [\"x\"]\n"),
                 {Kind::DuplicateComponent});
  require_errors(with_service("    export state run [\"x\"]\n    export state run [\"y\"]\n"),
                 {Kind::DuplicateFact});
}

TEST_CASE("values that cannot be meant are told") {
  require_errors(with_service("    owner \"app\"\n"), {Kind::WrongType});
  require_errors(with_service("    owner \"app:my group\"\n"), {Kind::WrongType});
  require_errors(with_service("    before-backup [\"x\"] accepts 256\n"), {Kind::ValueOutOfRange});
  require_errors(with_service("    before-backup [\"x\"] timeout 0s\n"), {Kind::ValueOutOfRange});
  require_errors(with_service("    before-backup []\n"), {Kind::MissingArgument});
  require_errors(with_service("    check [\"\"]\n"), {Kind::MissingArgument});
  require_errors(with_service("    replicate /a to one\n"), {Kind::UnknownReference});
  require_errors(with_service("    mirror /a to nowhere\n"), {Kind::UnknownReference});
}

}  // namespace backstay::compiler::testing
