#include <set>

#include "compiler/plan/verify.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

using Lines = std::vector<std::string>;

const plan::Backup& backup(const Compilation& compilation) {
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  REQUIRE(plan::verify(*compilation.plan));
  return compilation.plan->backups.front();
}

Lines ids(const std::vector<plan::Step>& steps) {
  Lines ids;
  for (const plan::Step& step : steps) {
    ids.push_back(step.id);
  }
  return ids;
}

const plan::Step& step(const std::vector<plan::Step>& steps, const std::string& id) {
  for (const plan::Step& one : steps) {
    if (one.id == id) {
      return one;
    }
  }
  FAIL("no step " << id);
  return steps.front();
}

const std::string kTwoServices =
    "service web {\n    on one\n    path /srv/web as data\n    path /etc/web as etc\n"
    "    database shop, cart on db\n    needs base\n}\n"
    "service base {\n    on one\n    path /srv/base as data\n    sqlite /var/base.sqlite as db\n"
    "    database base on db\n}\n";

}  // namespace

TEST_CASE(
    "a backup looks, captures databases before paths and dependents first, commits, verifies") {
  REQUIRE(ids(backup(compile_text(with_backup(kTwoServices))).backup) ==
          Lines{"check@one", "dump.db@one", "sqlite.base.db@one", "archive.web.data@one",
                "archive.web.etc@one", "archive.base.data@one", "commit@one", "verify@one",
                "prune.disk@one"});
}

TEST_CASE("a restore is the exact reverse of the capture") {
  REQUIRE(ids(backup(compile_text(with_backup(kTwoServices))).restore) ==
          Lines{"check-snapshot@one", "keep-current@one", "files.base.data@one",
                "files.web.etc@one", "files.web.data@one", "sqlite.base.db@one", "database.db@one",
                "finish@one"});
}

TEST_CASE("steps wait for what they must and for nothing else") {
  const Compilation compilation = compile_text(with_backup(kTwoServices));
  const auto& steps = backup(compilation).backup;
  REQUIRE(step(steps, "dump.db@one").after == Lines{"check@one"});
  REQUIRE(step(steps, "sqlite.base.db@one").after == Lines{"check@one", "dump.db@one"});
  REQUIRE(step(steps, "archive.web.etc@one").after == Lines{"check@one", "sqlite.base.db@one"});
  REQUIRE(step(steps, "archive.web.data@one").after == Lines{"check@one", "sqlite.base.db@one"});
  REQUIRE(step(steps, "archive.base.data@one").after ==
          Lines{"archive.web.data@one", "archive.web.etc@one", "check@one"});
  REQUIRE(step(steps, "verify@one").after == Lines{"commit@one"});
  REQUIRE(step(steps, "commit@one").always);
}

TEST_CASE("what follows from another wait is not said again") {
  const Compilation compilation =
      compile_text(with_backup("service a {\n    on one\n    path /a\n    needs b, c\n}\n"
                               "service b {\n    on one\n    path /b\n    needs c\n}\n"
                               "service c {\n    on one\n    path /c\n}\n"));
  REQUIRE(step(backup(compilation).backup, "archive.c.c@one").after ==
          Lines{"archive.b.b@one", "check@one"});
}

TEST_CASE("one dump holds all databases of a server, each as its service's component") {
  const Compilation compilation = compile_text(with_backup(kTwoServices));
  const auto& dump =
      std::get<plan::DumpMariadb>(step(backup(compilation).backup, "dump.db@one").action);
  REQUIRE(dump.databases == std::vector<plan::DatabaseComponent>{
                                {"base.base", "base"}, {"web.cart", "cart"}, {"web.shop", "shop"}});
  REQUIRE(dump.accounts_component == "db.accounts");
  REQUIRE(dump.all_component.empty());
}

TEST_CASE("all databases are those that no service names, covered or not") {
  const Compilation compilation = compile_text(
      with_backup(kTwoServices + "service rest {\n    on one\n"
                                 "    database all except scratch on db\n}\n"
                                 "backup only {\n    cover rest\n    to disk keep short\n}\n"));
  for (const plan::Backup& one : (backup(compilation), compilation.plan->backups)) {
    const auto& dump = std::get<plan::DumpMariadb>(step(one.backup, "dump.db@one").action);
    REQUIRE(dump.all_component == "rest.all");
    REQUIRE(dump.all_except == Lines{"base", "cart", "scratch", "shop"});
    REQUIRE(dump.databases.size() == (one.name == "only" ? 0 : 3));
  }
}

TEST_CASE("a path has the rules that may reach it and no others") {
  const Compilation compilation = compile_text(with_backup(
      "service web {\n    on one\n    path /srv/web as data\n    path /etc/web as etc\n"
      "    except /srv/web/cache because \"a\"\n    except /etc/web/*.old because \"b\"\n"
      "    except /**/core because \"c\"\n    except /srv/w*/tmp because \"d\"\n"
      "    keep /srv/web/cache/index\n}\n"));
  const auto& data =
      std::get<plan::ArchiveFiles>(step(backup(compilation).backup, "archive.web.data@one").action);
  REQUIRE(data.except == std::vector<plan::PathRule>{
                             {"/**/core", "c"}, {"/srv/w*/tmp", "d"}, {"/srv/web/cache", "a"}});
  REQUIRE(data.keep == std::vector<plan::PathRule>{{"/srv/web/cache/index", ""}});
  const auto& etc =
      std::get<plan::ArchiveFiles>(step(backup(compilation).backup, "archive.web.etc@one").action);
  REQUIRE(etc.except == std::vector<plan::PathRule>{{"/**/core", "c"}, {"/etc/web/*.old", "b"}});
  REQUIRE(etc.keep.empty());
}

TEST_CASE("the first step looks at every source, optional ones apart") {
  const Compilation compilation = compile_text(with_backup(
      "service web {\n    on one\n    path /srv/web as data optional\n    path /etc/web as etc\n"
      "    sqlite /var/web.sqlite as db\n    database shop on db\n}\n"));
  const auto& check =
      std::get<plan::CheckSources>(step(backup(compilation).backup, "check@one").action);
  REQUIRE(check == plan::CheckSources{.paths = {"/etc/web"},
                                      .optional_paths = {"/srv/web"},
                                      .servers = {"db"},
                                      .sqlite = {"/var/web.sqlite"},
                                      .target = "disk"});
}

TEST_CASE("a step says which declaration asks for it") {
  const Compilation compilation = compile_text(with_backup(kTwoServices));
  const auto& steps = backup(compilation).backup;
  REQUIRE(step(steps, "check@one").from == "backup all-of-it");
  REQUIRE(step(steps, "dump.db@one").from == "mariadb db");
  REQUIRE(step(steps, "sqlite.base.db@one").from == "service base: sqlite /var/base.sqlite");
  REQUIRE(step(steps, "archive.web.etc@one").from == "service web: path /etc/web");
}

TEST_CASE("a deadline limits the data steps and nothing else") {
  const Compilation compilation = compile_text(
      with_backup(kTwoServices + "backup timed {\n    cover base\n    to disk keep short\n"
                                 "    deadline 30m\n}\n"));
  backup(compilation);
  const auto& steps = compilation.plan->backup("timed")->backup;
  REQUIRE(step(steps, "archive.base.data@one").timeout == Duration{1800});
  REQUIRE(step(steps, "commit@one").timeout == Duration{0});
  REQUIRE(step(backup(compilation).backup, "archive.base.data@one").timeout == Duration{0});
}

TEST_CASE("services stand in starting order, what is needed first") {
  const Compilation compilation = compile_text(with_backup(
      "service a {\n    on one\n    path /a\n    needs c\n}\n"
      "service b {\n    on one\n    path /b\n}\nservice c {\n    on one\n    path /c\n}\n"));
  backup(compilation);
  Lines names;
  for (const plan::Service& service : compilation.plan->services) {
    names.push_back(service.name);
  }
  REQUIRE(names == Lines{"b", "c", "a"});
}

TEST_CASE("each host has its own steps, a database those of its server's host") {
  std::string text = with_backup(
      "host two\nservice web {\n    on one, two\n    path /etc/web as etc\n"
      "    database shop on db\n}\n");
  const std::string on = "directory /backup on one";
  text.replace(text.find(on), on.size(), "directory /backup");  // each host has its own
  const Compilation compilation = compile_text(text);
  const plan::Backup& made = backup(compilation);
  REQUIRE(made.hosts == Lines{"one", "two"});
  REQUIRE(ids(made.backup) == Lines{"check@one", "check@two", "dump.db@one", "archive.web.etc@one",
                                    "archive.web.etc@two", "commit@one", "verify@one", "commit@two",
                                    "verify@two", "prune.disk@one", "prune.disk@two"});
}

TEST_CASE("what has names of its own is named so that a folder can bear it") {
  const Compilation compilation = compile_text(
      with_backup("service web {\n    on one\n    path \"/srv/My Files\"\n    path /etc/web.d\n"
                  "    database \"Shop/2\" on db\n}\n"));
  std::set<std::string> components;
  for (const plan::Step& one : backup(compilation).backup) {
    if (const auto* archive = std::get_if<plan::ArchiveFiles>(&one.action)) {
      components.insert(archive->component);
    } else if (const auto* dump = std::get_if<plan::DumpMariadb>(&one.action)) {
      components.insert(dump->databases.front().component);
    }
  }
  REQUIRE(components == std::set<std::string>{"web.My%20Files", "web.Shop%2F2", "web.web.d"});
}

TEST_CASE("a plan holds the resolved facts of hosts, servers, targets, schedules and retentions") {
  const Compilation compilation = compile_text(
      "language 1\npolicy sample\nzone \"Europe/Berlin\"\nsite here\n"
      "host one {\n    at here\n    address \"10.0.0.1\"\n}\n"
      "secret login {\n    file /etc/login.cnf\n}\n"
      "mariadb db {\n    on one\n    address db.example.org\n    port 3307\n    login login\n"
      "    datadir /var/lib/mysql\n    units mariadb, \"mariadb-extra.socket\"\n}\n"
      "service web {\n    on one\n    database shop on db\n}\n"
      "target disk {\n    directory /backup on one\n    media tape\n}\n"
      "schedule weekly {\n    every thu, mon at 04:00, 02:30\n    window 60m\n    jitter 300s\n}\n"
      "retention r {\n    last 2\n    all-for 14d\n    at-least 2\n}\n"
      "backup b {\n    cover web\n    run weekly\n    to disk keep r\n}\n");
  backup(compilation);
  const plan::Plan& made = *compilation.plan;
  REQUIRE(made.zone == "Europe/Berlin");
  REQUIRE(made.hosts == std::vector<plan::Host>{{"one", "here", "10.0.0.1"}});
  const plan::Server server{.name = "db",
                            .kind = "mariadb",
                            .host = "one",
                            .socket = "",
                            .address = "db.example.org",
                            .port = 3307,
                            .login_file = "/etc/login.cnf",
                            .datadir = "/var/lib/mysql",
                            .units = {"mariadb.service", "mariadb-extra.socket"}};
  REQUIRE(made.servers == std::vector<plan::Server>{server});
  REQUIRE(made.targets ==
          std::vector<plan::Target>{{"disk", "directory", "/backup", "one", "tape", "here"}});
  REQUIRE(made.schedules ==
          std::vector<plan::Schedule>{{"weekly", "every mon, thu at 02:30, 04:00", "1h", "5m"}});
  REQUIRE(made.retentions.front().last == 2);
  REQUIRE(made.retentions.front().all_for == "14d");
  REQUIRE(made.retentions.front().at_least == 2);
}

}  // namespace backstay::compiler::testing
