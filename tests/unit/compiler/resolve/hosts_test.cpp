#include "tests/unit/compiler/resolve/resolve_fixture.hpp"

namespace backstay::compiler::testing {

TEST_CASE("a host list declares each of its hosts alike") {
  const Resolution resolution = resolve_text(
      "site dc1\nhosts web[08-10]-a {\n    at dc1\n    user backup\n    port 2222\n}\n");
  require_errors(resolution, {});
  const auto& hosts = resolution.policy.hosts;
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].name == "web08-a");
  CHECK(hosts[2].name == "web10-a");
  for (const Host& host : hosts) {
    CHECK(host.site->value == 0);
    CHECK(host.user->value == "backup");
    CHECK(host.port->value == 2222);
  }
}

TEST_CASE("a host that two lists declare is reported once for the list") {
  require_errors(
      resolve_text("hosts web[1-9] {\n    port 22\n}\nhosts web[5-20] {\n    port 22\n}\n"),
      {Kind::DuplicateDeclaration});
}

TEST_CASE("several hosts of a list do not share an address") {
  require_errors(resolve_text("hosts web[1-2] {\n    address \"10.0.0.1\"\n}\n"),
                 {Kind::ConflictingFacts});
  require_errors(resolve_text("hosts web1 {\n    address \"10.0.0.1\"\n}\n"), {});
}

TEST_CASE("ports are those that there are") {
  require_errors(resolve_text("host one {\n    port 0\n}\n"), {Kind::ValueOutOfRange});
  require_errors(resolve_text("host one {\n    port 65536\n}\n"), {Kind::ValueOutOfRange});
  require_errors(resolve_text("host one {\n    port 65535\n}\n"), {});
}

TEST_CASE("a group holds hosts and lists of them, each once, by name") {
  const Resolution resolution = resolve_text(
      "hosts web[1-3] {\n    port 22\n}\nhost db\ngroup all-of-it {\n    members web[2-3], db, "
      "web1\n}\n");
  require_errors(resolution, {});
  CHECK(Resolution::names(resolution.policy.groups[0].members, resolution.policy.hosts) ==
        "db web1 web2 web3");
}

TEST_CASE("a host that a group names twice is reported once") {
  require_errors(resolve_text("hosts web[1-3] {\n    port 22\n}\n"
                              "group g {\n    members web[1-3], web[1-2]\n}\n"),
                 {Kind::DuplicateFact});
}

TEST_CASE("a group is no member of a group") {
  const Resolution resolution = resolve_text(
      "host one\ngroup inner {\n    members one\n}\ngroup outer {\n    members inner\n}\n");
  require_errors(resolution, {Kind::UnknownReference});
  CHECK(resolution.help(Kind::UnknownReference) == "`inner` is a group, and a host is needed here");
}

TEST_CASE("a group without members, and one that is called as a host, are errors") {
  require_errors(resolve_text("group g {\n}\n"), {Kind::MissingFact});
  require_errors(resolve_text("host one\ngroup one {\n    members one\n}\n"),
                 {Kind::DuplicateDeclaration});
}

TEST_CASE("a service lives on all hosts of its groups, each once") {
  const Resolution resolution = resolve_text(
      "hosts web[1-3] {\n    port 22\n}\ngroup g {\n    members web[2-3]\n}\n"
      "service app {\n    on g, web1, web3\n    path /srv/app\n}\n");
  require_errors(resolution, {});
  CHECK(Resolution::names(resolution.policy.services[0].hosts, resolution.policy.hosts) ==
        "web1 web2 web3");
  require_errors(resolve_text("host one\nservice app {\n    on one, one\n    path /srv/app\n}\n"),
                 {Kind::DuplicateFact});
}

TEST_CASE("hosts of a parameter are hosts and groups") {
  const std::string policy =
      "param where hosts\nhosts web[1-3] {\n    port 22\n}\ngroup g {\n    members web[1-2]\n}\n"
      "service app {\n    on where\n    path /srv/app\n}\n";
  const Resolution listed = resolve_text(policy, {{"where", "web[2-3], web1"}});
  require_errors(listed, {});
  CHECK(listed.policy.services[0].hosts.size() == 3);
  const Resolution grouped = resolve_text(policy, {{"where", "g"}});
  require_errors(grouped, {});
  CHECK(grouped.policy.services[0].hosts.size() == 2);
  require_errors(resolve_text(policy, {{"where", "wbe1"}}), {Kind::UnknownReference});
}

TEST_CASE("where there can be but one host, several are an error") {
  require_errors(
      resolve_text("hosts web[1-3] {\n    port 22\n}\ngroup g {\n    members web[1-3]\n}\n"
                   "target t {\n    directory /backup on g\n}\n"),
      {Kind::ConflictingFacts});
}

TEST_CASE("lists that declare too many hosts are an error, not a flood") {
  std::string policy;
  for (int list = 0; list < 17; ++list) {
    policy += "hosts a" + std::to_string(list) + "-[0000-4095] {\n    port 22\n}\n";
  }
  const Resolution resolution = resolve_text(policy);
  require_errors(resolution, {Kind::BadHostList});
  CHECK(resolution.policy.hosts.size() == 65'536);
}

TEST_CASE("facts that name too many hosts in all are an error, not a flood") {
  std::string policy =
      "hosts a[0000-4095] {\n    port 22\n}\ngroup g {\n    members a[0000-4095]\n}\n";
  for (int service = 0; service < 300; ++service) {
    policy += "service s" + std::to_string(service) + " {\n    on g\n    path /srv/app\n}\n";
  }
  require_errors(resolve_text(policy), {Kind::BadHostList});
}

TEST_CASE("sites lie in one another, but not in themselves") {
  require_errors(resolve_text("site row {\n    part-of room\n}\nsite room {\n    part-of house\n}\n"
                              "site house\n"),
                 {});
  const Resolution circle = resolve_text(
      "site a {\n    part-of b\n}\nsite b {\n    part-of c\n}\nsite c {\n    part-of b\n}\n");
  require_errors(circle, {Kind::ConflictingFacts});
  CHECK(circle.of(Kind::ConflictingFacts).front().witness == std::vector<std::string>{"c → b → c"});
}

}  // namespace backstay::compiler::testing
