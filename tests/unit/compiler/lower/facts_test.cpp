// Every fact of a declaration has its place in the plan; one that is not there leaves no line.
#include <fmt/format.h>

#include "compiler/plan/verify.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

using Lines = std::vector<std::string>;

const plan::Plan& plan_of(const Compilation& compilation) {
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  REQUIRE(plan::verify(*compilation.plan));
  return *compilation.plan;
}

const std::string kOne = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const std::string kOther = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

std::string everything() {
  return "language 1\npolicy sample\nzone UTC\nsite region\nsite dc1 {\n    part-of region\n}\n"
         "site dc2\n"
         "host one {\n    at dc1\n    address \"10.0.0.1\"\n    user backup\n    port 2222\n}\n"
         "host two {\n    at dc1\n}\n"
         "secret db-login {\n    credential \"db\"\n}\n"
         "secret far-login {\n    file /etc/backstay/rclone.conf\n    escrow \"safe 2\" at dc2\n}\n"
         "secret identity {\n    command [\"pass\", \"show\", \"identity\"]\n}\n"
         "secret hook-url {\n    file /etc/backstay/hook\n}\n"
         "key far-key {\n    recipient \"" +
         kOne + "\"\n    recipient \"" + kOther +
         "\" escrow \"envelope\" at dc2\n    identity identity\n}\n"
         "mariadb db {\n    on one, two\n    galera\n    socket /run/db.sock\n    login db-login\n"
         "    datadir /var/lib/mysql\n    method physical\n}\n"
         "postgresql pg {\n    on one\n    socket /run/postgresql\n    login db-login\n}\n"
         "service web {\n    on one\n    path /etc/web as etc\n    database shop on db\n"
         "    database stats on pg\n    sealed-by /etc/web\n    instant-with queue\n"
         "    quiesce stop\n    units web\n    size 20GiB changes 1GiB\n    owner \"web:web\"\n"
         "    unprotected /var/cache/web because \"made again\"\n}\n"
         "service queue {\n    on one\n    path /etc/queue as etc\n    units queue\n"
         "    quiesce stop\n}\n"
         "service dns {\n    on one\n    external because \"the network team's\"\n}\n"
         "target disk {\n    directory /backup on one\n    capacity 2TiB\n    bandwidth "
         "50MiB/s\n}\n"
         "target far {\n    rclone \"far:b\"\n    login far-login\n    at dc2\n    media object\n"
         "    seal far-key\n    needs dns\n    locked 7d\n    deletable-by admin\n}\n"
         "schedule nightly {\n    every day at 02:30\n    window 1h\n}\n"
         "retention short {\n    daily 30\n}\n"
         "notify ops {\n    webhook hook-url\n    mail \"ops@example.org\"\n"
         "    on failure, success\n}\n"
         "backup b {\n    cover all services\n    run nightly\n    to disk keep short\n"
         "    copy to far keep short\n    compression fast\n    concurrency 3\n"
         "    notify ops\n}\n"
         "moved service site -> web\n"
         "allow BST0601 on target disk because \"a second disk comes in spring\" until "
         "2027-06-30\n";
}

}  // namespace

TEST_CASE("hosts, sites, servers and targets say all that their policy says") {
  const Compilation compilation = compile_text(everything());
  const plan::Plan& made = plan_of(compilation);
  CHECK(made.hosts.front().user == "backup");
  CHECK(made.hosts.front().port == 2222);
  CHECK(made.sites == std::vector<plan::Site>{{"dc1", "region"}});
  const plan::Server& db = *made.server("db");
  CHECK(db.method == "physical");
  CHECK(db.galera);
  CHECK(db.hosts == Lines{"one", "two"});
  CHECK(db.login == "db-login");
  CHECK(db.login_file.empty());
  CHECK(made.server("pg")->kind == "postgresql");
  const plan::Target& far = *made.target("far");
  CHECK(far.kind == "rclone");
  CHECK(far.remote == "far:b");
  CHECK(far.login == "far-login");
  CHECK(far.seal == "far-key");
  CHECK(far.needs == Lines{"dns"});
  CHECK(far.locked == "7d");
  CHECK(far.deletable_by == "admin");
  CHECK(made.target("disk")->capacity == "2TiB");
  CHECK(made.target("disk")->bandwidth == "50MiB/s");
}

TEST_CASE("secrets are references, keys are public, and both say where their escrow lies") {
  const Compilation compilation = compile_text(everything());
  const plan::Plan& made = plan_of(compilation);
  CHECK(made.secret("db-login")->credential == "db");
  CHECK(made.secret("far-login")->escrow_site == "dc2");
  CHECK(made.secret("identity")->command == Lines{"pass", "show", "identity"});
  const plan::Key& key = *made.key("far-key");
  REQUIRE(key.recipients.size() == 2);
  CHECK(key.identity == "identity");
  CHECK(key.recipients[0].recipient == kOther);
  CHECK(key.recipients[0].escrow == "envelope");
  CHECK(key.recipients[1].escrow.empty());
}

TEST_CASE("services, backups, notifies, renames and allowed findings are in the plan") {
  const Compilation compilation = compile_text(everything());
  const plan::Plan& made = plan_of(compilation);
  const plan::Service& web = *made.service("web");
  CHECK(web.sealed_by == Lines{"/etc/web"});
  CHECK(web.instant_with == Lines{"queue"});
  CHECK(web.quiesce_stop);
  CHECK(web.size == "20GiB");
  CHECK(web.changes == "1GiB");
  CHECK(web.owner == "web:web");
  CHECK(web.unprotected_paths ==
        std::vector<plan::UnprotectedPath>{{"/var/cache/web", "made again"}});
  CHECK(made.service("dns")->external_because == "the network team's");
  const plan::Backup& backup = made.backups.front();
  CHECK(backup.compression == "fast");
  CHECK(backup.concurrency == 3);
  CHECK(backup.notify == "ops");
  CHECK(backup.deadline == Duration{3600});
  CHECK(made.notifies.front().outcomes == Lines{"failure", "success"});
  CHECK(made.notifies.front().webhook == "hook-url");
  CHECK(made.moved == std::vector<plan::Moved>{{"service", "site", "web"}});
  REQUIRE(made.suppressions.size() == 1);
  CHECK(made.suppressions.front().code == "BST0601");
  CHECK(made.suppressions.front().until == "2027-06-30");
}

TEST_CASE("each server is captured by the means of its kind") {
  const Compilation compilation = compile_text(everything());
  std::vector<std::string> kinds;
  for (const plan::Step& step : plan_of(compilation).backups.front().backup) {
    if (step.id.starts_with("dump.")) {
      kinds.push_back(fmt::format("{} {}", step.id, plan::kind_of(step.action)));
    }
  }
  CHECK(kinds == Lines{"dump.db@one dump-mariadb-physical", "dump.pg@one dump-postgresql"});
}

TEST_CASE("the bytes of every fact are read back as they were") {
  const Compilation compilation = compile_text(everything());
  const std::string bytes = plan::to_yaml(plan_of(compilation));
  const auto read = plan::from_yaml(bytes, "sample");
  REQUIRE(read);
  CHECK(*read == *compilation.plan);
}

TEST_CASE("facts that a policy does not use leave no line in its plan") {
  const Compilation compilation =
      compile_text(with_backup("service web {\n    on one\n    path /etc/web as etc\n}\n"));
  const std::string bytes = plan::to_yaml(plan_of(compilation));
  for (const std::string word : {"secrets", "keys:", "drills", "copies", "undoes", "moved", "seal",
                                 "galera", "owner", "notif", "suppressions"}) {
    INFO(word);
    CHECK(bytes.find(word) == std::string::npos);
  }
}

}  // namespace backstay::compiler::testing
