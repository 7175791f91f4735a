// Plans of several hosts: what fans out, what crosses hosts, and how large it gets.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/graph.hpp"
#include "compiler/plan/host_groups.hpp"
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

const plan::Step* find(const std::vector<plan::Step>& steps, const std::string& id) {
  const auto found = std::find_if(steps.begin(), steps.end(),
                                  [&](const plan::Step& step) { return step.id == id; });
  return found == steps.end() ? nullptr : &*found;
}

bool waits(const std::vector<plan::Step>& steps, const std::string& later, const std::string& id) {
  const plan::Step* step = find(steps, later);
  REQUIRE(step != nullptr);
  return std::any_of(step->after.begin(), step->after.end(),
                     [&](const std::string& one) { return one == id || waits(steps, one, id); });
}

std::string around(const std::string& services) {
  return "language 1\npolicy sample\nzone UTC\nhost ctl\nhosts node[1-3] {\n}\n"
         "group nodes {\n    members node[1-3]\n}\n"
         "secret login {\n    file /etc/login.cnf\n}\n"
         "mariadb db {\n    on ctl\n    socket /run/db.sock\n    login login\n}\n" +
         services +
         "target disk {\n    directory /backup\n}\n"
         "retention short {\n    daily 7\n}\n"
         "backup b {\n    cover all services\n    to disk keep short\n}\n";
}

const std::string kCloud =
    "service api {\n    on ctl\n    path /etc/api as etc\n    database api on db\n    units "
    "api\n}\n"
    "service agent {\n    on nodes\n    path /etc/agent as etc\n    sqlite /var/agent.db as state\n"
    "    export rules run [\"agent\", \"rules\"]\n    units agent\n    needs api\n"
    "    quiesce stop\n}\n"
    "service logs {\n    on nodes\n    path /var/log/app as log\n    units logs\n    needs agent\n"
    "}\n";

}  // namespace

TEST_CASE("paths, SQLite files and units fan out, a database and an export do not") {
  const Compilation compilation = compile_text(around(kCloud));
  const plan::Backup& backup = plan_of(compilation).backups.front();
  REQUIRE(backup.hosts == Lines{"ctl", "node1", "node2", "node3"});
  for (const std::string node : {"node1", "node2", "node3"}) {
    CHECK(find(backup.backup, "archive.agent.etc@" + node) != nullptr);
    CHECK(find(backup.backup, "sqlite.agent.state@" + node) != nullptr);
    CHECK(find(backup.backup, "stop.agent@" + node) != nullptr);
    CHECK(find(backup.backup, "commit@" + node) != nullptr);
    CHECK(find(backup.restore, "start.logs@" + node) != nullptr);
  }
  CHECK(find(backup.backup, "export.agent.rules@node1") != nullptr);
  CHECK(find(backup.backup, "export.agent.rules@node2") == nullptr);
  CHECK(find(backup.backup, "dump.db@ctl") != nullptr);
}

TEST_CASE("order is kept over hosts, and on each host where both services live there") {
  const Compilation compilation = compile_text(around(kCloud));
  const plan::Backup& backup = plan_of(compilation).backups.front();
  CHECK(waits(backup.backup, "archive.api.etc@ctl", "archive.agent.etc@node1"));
  CHECK(waits(backup.backup, "archive.api.etc@ctl", "archive.agent.etc@node3"));
  CHECK(waits(backup.backup, "archive.agent.etc@node2", "archive.logs.log@node2"));
  CHECK_FALSE(waits(backup.backup, "archive.agent.etc@node2", "archive.logs.log@node1"));
  CHECK(waits(backup.restore, "start.agent@node2", "start.api@ctl"));
  CHECK(waits(backup.restore, "start.logs@node3", "start.agent@node3"));
  CHECK_FALSE(waits(backup.restore, "start.logs@node3", "start.agent@node2"));
  CHECK(waits(backup.restore, "stop.api@ctl", "stop.agent@node1"));
}

TEST_CASE("a database is captured once all that writes to it is stopped, wherever that runs") {
  const Compilation compilation = compile_text(
      around("service app {\n    on nodes\n    path /etc/app as etc\n    database app on db\n"
             "    units app\n    quiesce stop\n}\n"));
  const plan::Backup& backup = plan_of(compilation).backups.front();
  for (const std::string node : {"node1", "node2", "node3"}) {
    CHECK(waits(backup.backup, "dump.db@ctl", "stop.app@" + node));
    CHECK(waits(backup.backup, "start.app@" + node, "dump.db@ctl"));
    CHECK(waits(backup.backup, "archive.app.etc@" + node, "dump.db@ctl"));
    CHECK(waits(backup.restore, "database.db@ctl", "stop.app@" + node));
    CHECK(waits(backup.restore, "start.app@" + node, "database.db@ctl"));
  }
}

TEST_CASE("like hosts are shown once") {
  const Compilation compilation = compile_text(around(kCloud));
  const plan::Plan& plan = plan_of(compilation);
  const auto groups = plan::group_hosts(plan.backups.front().restore);
  REQUIRE(groups.size() == 3);  // ctl; node1, which has the export; the other two
  CHECK(groups[0].hosts == Lines{"ctl"});
  CHECK(groups[1].hosts == Lines{"node1"});
  CHECK(groups[2].hosts == Lines{"node2", "node3"});
  CHECK(plan::group_hosts(plan.backups.front().restore, "node3").front().hosts == Lines{"node3"});
}

TEST_CASE("like hosts are drawn once, with their number, and keep their arrows") {
  const Compilation compilation = compile_text(around(kCloud));
  const std::string text = plan::to_graph(plan_of(compilation), plan::GraphFormat::Mermaid);
  CHECK(text.find("archive-files on 2 hosts") != std::string::npos);
  CHECK(text.find("archive.agent.etc@node2") != std::string::npos);
  CHECK(text.find("@node3") == std::string::npos);
}

TEST_CASE("a plan grows with the hosts and not with their product") {
  const auto size_for = [](int hosts) {
    std::string text = fmt::format(
        "language 1\npolicy sample\nzone UTC\nhosts node[1-{}] {{\n}}\ngroup nodes {{\n"
        "    members node[1-{}]\n}}\nhost ctl\n",
        hosts, hosts);
    for (int service = 0; service < 10; ++service) {
      text +=
          fmt::format("service s{} {{\n    on {}\n    path /srv/s{}\n    units s{}\n{}}}\n",
                      service, service % 5 == 4 ? "ctl" : "nodes", service, service,
                      service == 0 ? std::string() : fmt::format("    needs s{}\n", service - 1));
    }
    text +=
        "target disk {\n    directory /backup\n}\nretention short {\n    daily 7\n}\n"
        "backup b {\n    cover all services\n    to disk keep short\n}\n";
    const Compilation compilation = compile_text(text);
    return plan::to_yaml(plan_of(compilation)).size();
  };
  const std::size_t ten = size_for(10);
  const std::size_t hundred = size_for(100);
  CHECK(hundred < 12 * ten);
}

}  // namespace backstay::compiler::testing
