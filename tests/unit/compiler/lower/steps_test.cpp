// The steps around the data: hooks, stopped units, exports, copies, mirrors, replicas, pruning,
// restores and drills, each in the place that the order of a backup or a restore gives it.
#include <algorithm>

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

bool follows(const std::vector<plan::Step>& steps,
             const std::string& later,
             const std::string& id) {
  const Lines& after = step(steps, later).after;
  return std::any_of(after.begin(), after.end(),
                     [&](const std::string& one) { return one == id || follows(steps, one, id); });
}

const std::string kStopped =
    "service web {\n    on one\n    path /srv/web as data\n    database shop on db\n"
    "    needs base\n    units web-api, web-worker\n    quiesce stop\n"
    "    before-backup [\"flush\", \"web\"] accepts 0, 3 timeout 5m\n"
    "    after-backup [\"resume\", \"web\"]\n}\n"
    "service base {\n    on one\n    path /srv/base as data\n    units base\n    quiesce stop\n}\n";

}  // namespace

TEST_CASE("hooks and stopped units stand around the data, dependents stopped first") {
  const Compilation compilation = compile_text(with_backup(kStopped));
  const auto& steps = plan_of(compilation).backups.front().backup;
  REQUIRE(ids(steps) == Lines{"check@one", "before-backup.web@one", "stop.web@one", "stop.base@one",
                              "dump.db@one", "archive.web.data@one", "archive.base.data@one",
                              "start.base@one", "start.web@one", "after-backup.web@one",
                              "commit@one", "verify@one", "prune.disk@one"});
  CHECK(follows(steps, "stop.base@one", "stop.web@one"));
  CHECK(follows(steps, "start.web@one", "start.base@one"));
  CHECK(follows(steps, "dump.db@one", "stop.web@one"));
  CHECK(follows(steps, "start.web@one", "dump.db@one"));
  CHECK(follows(steps, "start.base@one", "archive.base.data@one"));
  CHECK(follows(steps, "commit@one", "after-backup.web@one"));
}

TEST_CASE("what holds a service is undone whatever fails, and only if it began") {
  const Compilation compilation = compile_text(with_backup(kStopped));
  const auto& steps = plan_of(compilation).backups.front().backup;
  CHECK(step(steps, "start.web@one").always);
  CHECK(step(steps, "start.web@one").undoes == "stop.web@one");
  CHECK(step(steps, "after-backup.web@one").always);
  CHECK(step(steps, "after-backup.web@one").undoes == "before-backup.web@one");
  const auto& hook = std::get<plan::RunCommand>(step(steps, "before-backup.web@one").action);
  CHECK(hook.command == Lines{"flush", "web"});
  CHECK(hook.accepts == std::vector<std::int64_t>{0, 3});
  CHECK(step(steps, "before-backup.web@one").timeout == Duration{300});
  const auto& stop = std::get<plan::StopUnits>(step(steps, "stop.web@one").action);
  CHECK(stop.units == Lines{"web-worker.service", "web-api.service"});
  const auto& start = std::get<plan::StartUnits>(step(steps, "start.web@one").action);
  CHECK(start.units == Lines{"web-api.service", "web-worker.service"});
}

TEST_CASE("a unit that two stopped services share is stopped once and waits for the data of both") {
  const Compilation compilation = compile_text(with_backup(
      "service a {\n    on one\n    path /a\n    needs b\n    units shared, a\n"
      "    quiesce stop\n}\n"
      "service b {\n    on one\n    path /b\n    units shared, b\n    quiesce stop\n}\n"));
  const auto& steps = plan_of(compilation).backups.front().backup;
  CHECK(std::get<plan::StopUnits>(step(steps, "stop.a@one").action).units ==
        Lines{"a.service", "shared.service"});
  CHECK(std::get<plan::StopUnits>(step(steps, "stop.b@one").action).units == Lines{"b.service"});
  CHECK(follows(steps, "archive.b.b@one", "stop.a@one"));
  CHECK(follows(steps, "start.a@one", "archive.b.b@one"));
}

TEST_CASE("services that share an instant and are stopped are so together") {
  const Compilation compilation = compile_text(
      with_backup("service a {\n    on one\n    path /a\n    units a\n    quiesce stop\n"
                  "    instant-with b\n}\n"
                  "service b {\n    on one\n    path /b\n    units b\n    quiesce stop\n}\n"));
  const auto& steps = plan_of(compilation).backups.front().backup;
  for (const std::string one : {"a", "b"}) {
    for (const std::string other : {"a", "b"}) {
      CHECK(follows(steps, "archive." + one + "." + one + "@one", "stop." + other + "@one"));
      CHECK(follows(steps, "start." + other + "@one", "archive." + one + "." + one + "@one"));
    }
  }
}

TEST_CASE("an export is taken among the paths and fed back once its service runs") {
  const Compilation compilation = compile_text(with_backup(
      "service mq {\n    on one\n    path /etc/mq as etc\n    units mq\n"
      "    export rules run [\"mq\", \"dump\"] import [\"mq\", \"load\"]\n"
      "    check [\"mq\", \"ping\"]\n}\n"
      "service app {\n    on one\n    path /etc/app as etc\n    units app\n    needs mq\n}\n"));
  const plan::Backup& backup = plan_of(compilation).backups.front();
  CHECK(ids(backup.backup) == Lines{"check@one", "archive.app.etc@one", "archive.mq.etc@one",
                                    "export.mq.rules@one", "commit@one", "verify@one",
                                    "prune.disk@one"});
  CHECK(ids(backup.restore) == Lines{"check-snapshot@one", "stop.app@one", "stop.mq@one",
                                     "keep-current@one", "files.mq.etc@one", "files.app.etc@one",
                                     "start.mq@one", "feed.mq.rules@one", "check.mq@one",
                                     "start.app@one", "finish@one"});
  CHECK(follows(backup.restore, "start.app@one", "check.mq@one"));
  CHECK(follows(backup.restore, "check.mq@one", "feed.mq.rules@one"));
  CHECK(std::get<plan::FeedCommand>(step(backup.restore, "feed.mq.rules@one").action).command ==
        Lines{"mq", "load"});
}

TEST_CASE("a restore stops dependents that are not in the backup, and holds what shall be held") {
  const Compilation compilation = compile_text(
      "language 1\npolicy sample\nzone UTC\nhost one\n"
      "service base {\n    on one\n    path /base\n    units base\n"
      "    held guard because \"it fences\"\n    before-restore [\"make-room\"]\n"
      "    after-restore [\"migrate\"]\n}\n"
      "service other {\n    on one\n    path /other\n    units other\n    needs base\n}\n"
      "target disk {\n    directory /backup on one\n}\n"
      "retention short {\n    daily 7\n}\n"
      "backup b {\n    cover base\n    to disk keep short\n}\n"
      "backup o {\n    cover other\n    to disk keep short\n}\n");
  const auto& steps = plan_of(compilation).backup("b")->restore;
  CHECK(ids(steps) == Lines{"check-snapshot@one", "before-restore.base@one", "stop.other@one",
                            "stop.base@one", "keep-current@one", "files.base.base@one",
                            "after-restore.base@one", "start.base@one", "start.other@one",
                            "finish@one"});
  CHECK(std::get<plan::StopUnits>(step(steps, "stop.base@one").action).units ==
        Lines{"guard.service", "base.service"});
  CHECK(std::get<plan::StartUnits>(step(steps, "start.base@one").action).units ==
        Lines{"base.service"});
}

TEST_CASE("a server's units are restarted between its configuration and its databases") {
  const std::string servers =
      "mariadb own {\n    on one\n    socket /run/own.sock\n    login login\n    units own\n}\n"
      "service conf {\n    on one\n    path /etc/own as etc\n    units own\n"
      "    check [\"ping\"]\n}\n"
      "service app {\n    on one\n    path /srv/app as data\n    database app on own\n    units "
      "app\n"
      "}\n";
  const Compilation compilation = compile_text(with_backup(servers));
  const auto& steps = plan_of(compilation).backups.front().restore;
  CHECK(ids(steps) == Lines{"check-snapshot@one", "stop.app@one", "keep-current@one",
                            "files.conf.etc@one", "files.app.data@one", "restart.own@one",
                            "database.own@one", "start.app@one", "check.conf@one", "finish@one"});
  CHECK(follows(steps, "check.conf@one", "restart.own@one"));
  const auto& restart = std::get<plan::StartUnits>(step(steps, "restart.own@one").action);
  CHECK(restart.restart);
  CHECK(restart.server == "own");
  CHECK(follows(steps, "restart.own@one", "files.conf.etc@one"));
}

TEST_CASE("copies, mirrors and replicas follow the verified snapshot, pruning comes last") {
  const Compilation compilation = compile_text(
      "language 1\npolicy sample\nzone UTC\nsite here\nsite there\nhost one {\n    at here\n}\n"
      "host two {\n    at here\n}\ngroup nodes {\n    members one, two\n}\n"
      "secret login {\n    file /etc/login\n}\n"
      "service web {\n    on one\n    path /etc/web as etc\n    mirror /srv/images to far\n"
      "    path /etc/rings as rings\n    replicate /etc/rings to nodes\n}\n"
      "target disk {\n    directory /backup on one\n}\n"
      "target far {\n    rclone \"far:b\"\n    login login\n    at there\n    deletable-by "
      "admin\n}\n"
      "target third {\n    directory /third on one\n}\n"
      "schedule nightly {\n    every day at 02:30\n    window 1h\n}\n"
      "schedule weekly {\n    every sun at 05:00\n    window 1h\n}\n"
      "retention short {\n    daily 7\n}\n"
      "backup b {\n    cover web\n    run nightly\n    to disk keep short\n"
      "    copy to far keep short lag 2h\n    copy to third keep short run weekly\n}\n");
  const plan::Backup& backup = plan_of(compilation).backups.front();
  CHECK(ids(backup.backup) == Lines{"check@one", "archive.web.etc@one", "archive.web.rings@one",
                                    "commit@one", "verify@one", "copy.far@one",
                                    "mirror.web.images.far@one", "replicate.web.rings.nodes@one",
                                    "prune.disk@one"});
  CHECK(follows(backup.backup, "prune.disk@one", "copy.far@one"));
  REQUIRE(backup.copies.size() == 2);
  CHECK(backup.copies[0].target == "far");
  CHECK(backup.copies[0].lag == "2h");
  CHECK(backup.copies[0].steps.empty());
  CHECK(backup.copies[1].schedule == "weekly");
  CHECK(ids(backup.copies[1].steps) == Lines{"copy.third@one", "prune.third@one"});
  CHECK(std::get<plan::ReplicateFiles>(step(backup.backup, "replicate.web.rings.nodes@one").action)
            .hosts == Lines{"one", "two"});
}

TEST_CASE("a drill restores into a sandbox and looks, and runs nothing of a service") {
  const Compilation compilation = compile_text(
      with_backup("service web {\n    on one\n    path /etc/web as etc\n    database shop on db\n"
                  "    units web\n    check [\"probe\"]\n    after-restore [\"migrate\"]\n}\n"
                  "drill monthly {\n    run nightly\n"
                  "    restore all services from disk into sandbox\n"
                  "    expect rows shop.orders at-least 3\n    expect file /etc/web/web.conf\n"
                  "    expect run [\"lint\"] accepts 0, 1\n}\n"));
  const plan::Plan& made = plan_of(compilation);
  REQUIRE(made.drills.size() == 1);
  const auto& steps = made.drills.front().steps;
  CHECK(ids(steps) == Lines{"sandbox@one", "check-snapshot@one", "files.web.etc@one",
                            "database.db@one", "expect-rows.1@one", "expect-file.1@one",
                            "expect-run.1@one", "finish-drill@one"});
  CHECK(std::get<plan::PrepareSandbox>(steps[0].action).servers == Lines{"db"});
  CHECK(std::get<plan::ExpectRows>(steps[4].action).server == "db");
  CHECK(steps.back().undoes == "sandbox@one");
  CHECK(follows(steps, "expect-rows.1@one", "database.db@one"));
}

}  // namespace backstay::compiler::testing
