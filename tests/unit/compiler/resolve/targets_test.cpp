// Servers, secrets, keys and targets.
#include "tests/unit/compiler/resolve/resolve_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const std::string kSecrets =
    "site dc2\nhost one\nhost two\nsecret login {\n    file /etc/login\n}\n";

Resolution with_target(const std::string& facts) {
  return resolve_text(kSecrets +
                      "key k {\n    recipient \"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8"
                      "zmrj2kg5sfn9aqmcac8p\"\n}\nservice app {\n    on one\n    path /a\n}\n"
                      "target t {\n" +
                      facts + "}\n");
}

}  // namespace

TEST_CASE("database servers of both kinds share their names") {
  require_errors(resolve_text("host one\nmariadb db {\n    on one\n    socket /s\n}\n"
                              "postgresql db {\n    on one\n    socket /p\n}\n"),
                 {Kind::DuplicateDeclaration});
  const Resolution both = resolve_text(
      "host one\nmariadb b {\n    on one\n    socket /s\n}\n"
      "postgresql a {\n    on one\n    address \"::1\"\n    port 5432\n}\n"
      "service app {\n    on one\n    database x on b\n    database y on a\n}\n");
  require_errors(both, {});
  REQUIRE(both.policy.servers.size() == 2);
  CHECK(both.policy.servers[0].kind == ServerKind::Postgresql);
  CHECK(both.policy.servers[1].kind == ServerKind::Mariadb);
  CHECK(both.policy.services[0].databases[0].server.value == 1);
  CHECK(both.policy.services[0].databases[1].server.value == 0);
}

TEST_CASE("a parameter of a server's kind takes no other") {
  const std::string policy =
      "host one\npostgresql db {\n    on one\n    socket /p\n}\n"
      "profile p {\n    param server mariadb\n    on one\n    database x on server\n}\n"
      "service app from p {\n    set server db\n}\n";
  require_errors(resolve_text(policy), {Kind::WrongParameterType});
}

TEST_CASE("a cluster has its hosts in the order in which they are preferred") {
  const std::string hosts = "hosts db[1-3] {\n    port 22\n}\n";
  const Resolution cluster = resolve_text(
      hosts + "mariadb m {\n    on db3, db1, db2\n    galera\n    socket /s\n    method dump\n}\n");
  require_errors(cluster, {});
  CHECK(Resolution::names(cluster.policy.servers[0].hosts, cluster.policy.hosts) == "db3 db1 db2");
  CHECK(cluster.policy.hosts[cluster.policy.servers[0].host->value].name == "db3");
  CHECK(cluster.policy.servers[0].method->value == DumpMethod::Dump);
  require_errors(resolve_text(hosts + "mariadb m {\n    on db3, db1\n    socket /s\n}\n"),
                 {Kind::ConflictingFacts});
  require_errors(
      resolve_text("host one\npostgresql p {\n    on one\n    socket /s\n    galera\n}\n"),
      {Kind::MisplacedFact});
}

TEST_CASE("who copies a server's files says where they lie") {
  require_errors(
      resolve_text("host one\nmariadb m {\n    on one\n    socket /s\n    method physical\n}\n"),
      {Kind::MissingFact});
}

TEST_CASE("secrets are found in one place, with a second copy elsewhere") {
  const Resolution secrets = resolve_text(
      "site dc2\nsecret a {\n    credential \"db-login\"\n    escrow \"safe\" at dc2\n}\n"
      "secret b {\n    command [\"pass\", \"show\", \"b\"]\n}\n");
  require_errors(secrets, {});
  CHECK(secrets.policy.secrets[0].credential->value == "db-login");
  CHECK(secrets.policy.secrets[0].escrow->place.value == "safe");
  CHECK(secrets.policy.secrets[0].escrow->site.value == 0);
  CHECK(secrets.policy.secrets[1].command->value == std::vector<std::string>{"pass", "show", "b"});
  require_errors(resolve_text("secret a {\n    credential \"../x\"\n}\n"), {Kind::WrongType});
  require_errors(resolve_text("secret a {\n    command []\n}\n"), {Kind::MissingArgument});
  require_errors(resolve_text("secret a {\n    file /x\n    credential \"y\"\n}\n"),
                 {Kind::ConflictingFacts});
}

TEST_CASE("a key has recipients, each once, and perhaps an identity") {
  const std::string first = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const std::string second = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
  const Resolution key =
      resolve_text(kSecrets + "key k {\n    recipient \"" + first + "\"\n    recipient \"" +
                   second + "\" escrow \"safe\" at dc2\n    identity login\n}\n");
  require_errors(key, {});
  REQUIRE(key.policy.keys[0].recipients.size() == 2);
  CHECK(key.policy.keys[0].recipients[0].recipient.value == second);
  CHECK(key.policy.keys[0].recipients[0].escrow->place.value == "safe");
  CHECK(!key.policy.keys[0].recipients[1].escrow);
  CHECK(key.policy.keys[0].identity);
  require_errors(resolve_text("key k {\n    recipient \"" + first + "\"\n    recipient \"" + first +
                              "\"\n}\n"),
                 {Kind::DuplicateFact});
  require_errors(resolve_text("key k {\n}\n"), {Kind::MissingFact});
  require_errors(resolve_text("key k {\n    recipient \"" + first.substr(0, 40) + "\"\n}\n"),
                 {Kind::BadRecipient});
  require_errors(resolve_text("key k {\n    recipient \"AGE-SECRET-KEY-1QQ\"\n}\n"),
                 {Kind::PrivateKeyInPolicy});
}

TEST_CASE("a target is one place of one kind, and all that is said of it is kept") {
  const Resolution target = with_target(
      "    rclone \"dc2:backups\"\n    login login\n    at dc2\n    media object\n    seal k\n"
      "    needs app\n    locked 30d\n    deletable-by nobody\n    capacity 2TiB\n"
      "    bandwidth 50MiB/s\n");
  require_errors(target, {});
  const Target& t = target.policy.targets[0];
  CHECK(t.kind == TargetKind::Rclone);
  CHECK(t.remote->value == "dc2:backups");
  CHECK(!t.directory);
  CHECK(t.login);
  CHECK(t.seal->value == 0);
  CHECK(Resolution::names(t.needs, target.policy.services) == "app");
  CHECK(t.locked->value.seconds == 30 * 86'400);
  CHECK(t.deletable_by->value == Deleter::Nobody);
  CHECK(t.capacity->value.bytes == 2'199'023'255'552);
  CHECK(t.bandwidth->value.bytes == 52'428'800);
  require_errors(with_target("    rclone \"a:b\"\n    rsync \"a:/b\"\n    login login\n"),
                 {Kind::ConflictingFacts});
}

TEST_CASE("what opens a target is asked for where it is needed, and only there") {
  require_errors(with_target("    rclone \"dc2:backups\"\n"), {Kind::MissingFact});
  require_errors(with_target("    restic \"rest:https://x/\"\n"), {Kind::MissingFact});
  require_errors(with_target("    rsync \"backup@two:/srv/backups\"\n"), {});
  require_errors(with_target("    directory /backup\n    login login\n"), {Kind::ConflictingFacts});
}

TEST_CASE("what no tool would reach is told") {
  for (const char* place :
       {"rsync \"two\"", "rsync \"two:backups\"", "rsync \"@two:/x\"", "rsync \"-e sh:/x\"",
        "rclone \"backups\"", "rclone \":s3:x\"", "restic \"\""}) {
    INFO(place);
    require_errors(with_target("    " + std::string(place) + "\n    login login\n"),
                   {Kind::WrongType});
  }
  require_errors(with_target("    rsync \"backup@[fd00::1]:/x\"\n"), {});
}

TEST_CASE("a directory stands where its host does unless it says another site") {
  const std::string places =
      "site dc1\nsite dc2\nhost one {\n    at dc1\n}\nservice app {\n    on one\n    path /a\n}\n";
  const Resolution here = resolve_text(places + "target t {\n    directory /backup on one\n}\n");
  CHECK(here.policy.targets[0].site->value == 0);
  const Resolution there =
      resolve_text(places + "target t {\n    directory /backup on one\n    at dc2\n}\n");
  CHECK(there.policy.targets[0].site->value == 1);
}

TEST_CASE("no time and no byte are nothing that can be meant") {
  require_errors(with_target("    directory /b\n    locked 0d\n"), {Kind::ValueOutOfRange});
  require_errors(with_target("    directory /b\n    capacity 0GiB\n"), {Kind::ValueOutOfRange});
  require_errors(with_target("    directory /b\n    bandwidth 0MiB/s\n"), {Kind::ValueOutOfRange});
}

}  // namespace backstay::compiler::testing
