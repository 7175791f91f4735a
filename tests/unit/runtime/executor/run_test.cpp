// Whole runs on a real store in a directory of the test: files and a SQLite file, no server.
#include "runtime/executor/run.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/plan/plan_yaml.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

struct NoteEvents final : Events {
  std::vector<std::string> warnings;
  std::function<void(std::string_view, StepState)> on_step = [](std::string_view, StepState) {};

  void step(std::string_view id, StepState state, std::string_view) override { on_step(id, state); }

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view message) override {
    warnings.emplace_back(message);
  }
};

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

/// A host with two trees to protect and a registered store.
struct Host {
  test::TemporaryDirectory place;
  RealFilesystem files;
  RealClock clock;
  test::ScriptedRunner runner;
  NoteEvents events;
  plan::Plan plan = test::sample_plan();
  World world{.clock = clock,
              .files = files,
              .commands = runner,
              .directories = {
                  .config = place / "config", .state = place / "state", .locks = place / "locks"}};

  Host() {
    REQUIRE(init_store(files, world.directories, place / "store", "local"));
    for (const auto* name : {"etc", "var"}) {
      REQUIRE(make_directories(files, place / name, 0755));
      write_text((place / name) + "/file", std::string("content of ") + name);
    }
    make_plan();
  }

  void make_plan() {
    using test::step;
    plan.targets[0].path = place / "store";
    plan.servers.clear();
    auto& backup = plan.backups[0];
    plan::CheckSources check;
    check.paths = {place / "etc", place / "var"};
    check.target = "local";
    plan::ArchiveFiles etc;
    etc.component = "nova.etc";
    etc.path = place / "etc";
    plan::ArchiveFiles var;
    var.component = "nova.var";
    var.path = place / "var";
    backup.backup = {
        step("check@ctl01", {}, check), step("archive.nova.etc@ctl01", {"check@ctl01"}, etc),
        step("archive.nova.var@ctl01", {"archive.nova.etc@ctl01"}, var),
        step("commit@ctl01", {"archive.nova.var@ctl01"}, plan::CommitSnapshot{"local"}),
        step("verify@ctl01", {"commit@ctl01"},
             plan::VerifySnapshot{.target = "local", .level = 2})};
    backup.backup[3].always = true;
    plan::RestoreFiles restore_var;
    restore_var.component = "nova.var";
    restore_var.path = place / "var";
    plan::RestoreFiles restore_etc;
    restore_etc.component = "nova.etc";
    restore_etc.path = place / "etc";
    backup.restore = {step("check-snapshot@ctl01", {}, plan::CheckSnapshot{"local"}),
                      step("files.nova.var@ctl01", {"check-snapshot@ctl01"}, restore_var),
                      step("files.nova.etc@ctl01", {"files.nova.var@ctl01"}, restore_etc),
                      step("finish@ctl01", {"files.nova.etc@ctl01"}, plan::FinishRestore{})};
  }

  Result<RunReport> run(const RunOptions& options = {}, std::stop_token stop = {}) {
    return run_backup(world, plan, plan::to_yaml(plan), options, events, std::move(stop));
  }

  RunReport run_well() {
    auto report = run();
    if (!report) {
      FAIL(to_string(report.error()));
    }
    return *std::move(report);
  }

  [[nodiscard]] Store store() {
    return open_store(files, plan.targets[0], world.directories).value();
  }

  std::vector<SnapshotSummary> snapshots() { return list_snapshots(files, store(), {}).value(); }

  RestoreSource source() { return {.store = store(), .filter = {}, .plan = nullptr}; }

  Result<RestoreReport> restore(const RestoreRequest& request) {
    return run_restore(world, source(), request, events, {});
  }
};

nlohmann::json report_of(Host& host, const std::string& run_id) {
  return nlohmann::json::parse(read_text(host.place / ("state/runs/" + run_id + ".json")));
}

}  // namespace

TEST_CASE("a good run is verified, and leaves a report, a journal and a record") {
  Host host;
  const auto report = host.run_well();
  CHECK(report.status == RunStatus::Verified);
  CHECK_FALSE(report.failure);
  CHECK(report.warnings.empty());
  REQUIRE(host.snapshots().size() == 1);
  CHECK(host.snapshots()[0].id == report.snapshot);
  CHECK_FALSE(host.snapshots()[0].partial);
  const auto json = report_of(host, report.run_id);
  CHECK(json["status"] == "verified");
  CHECK(json["snapshot"] == report.snapshot);
  CHECK(json["steps"].size() == 5);
  const auto journal = read_text(host.place / ("state/journal/" + report.run_id + ".jsonl"));
  CHECK(journal.find("\"event\":\"committed\"") != std::string::npos);
  CHECK(journal.find("\"event\":\"ended\",\"detail\":\"verified\"") != std::string::npos);
  CHECK(exists(host.files, host.place / ("store/records/" + report.snapshot + "/run-1.json")));
}

TEST_CASE("a missing source costs its own component alone: the run is partial") {
  Host host;
  REQUIRE(remove_tree(host.files, host.place / "etc"));
  const auto report = host.run_well();
  CHECK(report.status == RunStatus::Partial);
  REQUIRE(report.failure);
  CHECK(report.failure->kind == ErrorKind::NotFound);
  REQUIRE(host.snapshots().size() == 1);
  CHECK(host.snapshots()[0].partial);
  CHECK(host.snapshots()[0].components == 1);
}

TEST_CASE("where nothing can be captured nothing is committed") {
  Host host;
  REQUIRE(remove_tree(host.files, host.place / "etc"));
  REQUIRE(remove_tree(host.files, host.place / "var"));
  const auto report = host.run_well();
  CHECK(report.status == RunStatus::Failed);
  CHECK(report.failure->kind == ErrorKind::NotFound);
  CHECK(report.snapshot.empty());
  CHECK(host.snapshots().empty());
  CHECK(host.files.list(host.place / "store/staging")->empty());
}

TEST_CASE("a run that is stopped commits nothing and says interrupted") {
  Host host;
  std::stop_source stop;
  host.events.on_step = [&](std::string_view id, StepState state) {
    if (id == "archive.nova.etc@ctl01" && state == StepState::Done) {
      stop.request_stop();
    }
  };
  const auto report = host.run({}, stop.get_token());
  REQUIRE(report);
  CHECK(report->status == RunStatus::Failed);
  CHECK(report->failure->kind == ErrorKind::Interrupted);
  CHECK(host.snapshots().empty());
  CHECK(host.files.list(host.place / "store/staging")->empty());
  host.events.on_step = [](std::string_view, StepState) {};
  CHECK(host.run_well().status == RunStatus::Verified);
}

TEST_CASE("a second run at the same time is refused and names the first") {
  Host host;
  const auto lock =
      lock_policy(host.store(), "sample", "ctl01", {.run_id = "the-first", .since = "now"});
  REQUIRE(lock);
  const auto second = host.run();
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Busy);
  CHECK(to_string(second.error()).find("the-first") != std::string::npos);
  const auto preview = preview_backup(host.world, host.plan, {}, host.events, {});
  REQUIRE(preview);
  CHECK(preview->refusal->kind == ErrorKind::Busy);
  CHECK_FALSE(preview->could_start());
}

TEST_CASE("a run waits for the lock as long as it may") {
  Host host;
  auto lock = lock_policy(host.store(), "sample", "ctl01", {.run_id = "the-first", .since = "now"});
  REQUIRE(lock);
  std::jthread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    *lock = Lock();
  });
  const auto report = host.run({.lock_timeout = std::chrono::seconds(60)});
  REQUIRE(report);
  CHECK(report->status == RunStatus::Verified);
  CHECK(host.events.warnings.size() == 1);
}

TEST_CASE("a store that is not there keeps the run from beginning") {
  Host host;
  REQUIRE(host.files.unlink(host.place / "store/FORMAT"));
  const auto report = host.run();
  REQUIRE_FALSE(report);
  CHECK(report.error().kind == ErrorKind::Refused);
  // Its word, and nothing else.
  CHECK(host.files.list(host.place / "state").value() == std::vector<std::string>{"runs"});
}

TEST_CASE("a run that crashed is told at the next start, once") {
  Host host;
  REQUIRE(make_directories(host.files, host.place / "state/journal", 0700));
  write_text(host.place / "state/journal/crashed-run.jsonl",
             "{\"time\":\"t\",\"event\":\"begun\",\"detail\":\"d\"}\n"
             "{\"time\":\"t\",\"event\":\"started\",\"step\":\"archive.nova.etc@ctl01\"}\n{\"tor");
  REQUIRE(host.run_well().warnings.size() == 1);
  CHECK(host.events.warnings[0].find("crashed-run") != std::string::npos);
  CHECK(host.events.warnings[0].find("archive.nova.etc@ctl01") != std::string::npos);
  CHECK(report_of(host, "crashed-run")["status"] == "failed");
  CHECK(host.run_well().warnings.empty());
}

TEST_CASE("a dry run changes nothing and says whether the real one could start") {
  Host host;
  const auto good = preview_backup(host.world, host.plan, {}, host.events, {});
  REQUIRE(good);
  CHECK(good->could_start());
  CHECK(good->steps.size() == 5);
  REQUIRE(remove_tree(host.files, host.place / "var"));
  const auto bad = preview_backup(host.world, host.plan, {}, host.events, {});
  REQUIRE(bad);
  CHECK_FALSE(bad->could_start());
  CHECK_FALSE(exists(host.files, host.place / "state"));
  CHECK(host.snapshots().empty());
}

TEST_CASE("what was destroyed comes back") {
  Host host;
  const auto backup = host.run_well();
  REQUIRE(remove_tree(host.files, host.place / "etc"));
  REQUIRE(remove_tree(host.files, host.place / "var"));
  const auto report = host.restore({});
  if (!report) {
    FAIL(to_string(report.error()));
  }
  CHECK(report->run.status == RunStatus::Verified);
  CHECK(report->run.snapshot == backup.snapshot);
  CHECK(report->run.what == "restore");
  CHECK(read_text(host.place / "etc/file") == "content of etc");
  CHECK(read_text(host.place / "var/file") == "content of var");
  CHECK(
      report->checklist ==
      std::vector<std::string>{"start nova: systemctl start nova-api.service",
                               "check nova within 1 min: nova-status upgrade check (exit 0 or 1)"});
  CHECK(report_of(host, report->run.run_id)["what"] == "restore");
}

TEST_CASE("a component restores alone") {
  Host host;
  (void)host.run_well();
  REQUIRE(remove_tree(host.files, host.place / "etc"));
  REQUIRE(remove_tree(host.files, host.place / "var"));
  RestoreRequest request;
  request.components = {"nova.etc"};
  const auto report = host.restore(request);
  REQUIRE(report);
  CHECK(report->run.steps.size() == 3);
  CHECK(exists(host.files, host.place / "etc/file"));
  CHECK_FALSE(exists(host.files, host.place / "var"));
}

TEST_CASE("a restore onto what is there changes nothing unless it is told in place") {
  Host host;
  (void)host.run_well();
  write_text(host.place / "etc/file", "newer");
  const auto refused = host.restore({});
  REQUIRE(refused);
  CHECK(refused->run.status == RunStatus::Failed);
  CHECK(read_text(host.place / "etc/file") == "newer");
  RestoreRequest request;
  request.in_place = true;
  const auto report = host.restore(request);
  REQUIRE(report);
  CHECK(report->run.status == RunStatus::Verified);
  CHECK(read_text(host.place / "etc/file") == "content of etc");
  REQUIRE_FALSE(report->kept.empty());
  CHECK(report->complete);
  CHECK_FALSE(report->restore.empty());  // the way back has a name
}

TEST_CASE("a restore dry run changes nothing") {
  Host host;
  (void)host.run_well();
  REQUIRE(remove_tree(host.files, host.place / "etc"));
  const auto preview = preview_restore(host.world, host.source(), {}, host.events, {});
  REQUIRE(preview);
  CHECK(preview->steps.size() == 4);
  CHECK_FALSE(preview->could_start());  // var is there
  RestoreRequest request;
  request.components = {"nova.etc"};
  CHECK(preview_restore(host.world, host.source(), request, host.events, {})->could_start());
  CHECK_FALSE(exists(host.files, host.place / "etc"));
}

TEST_CASE("latest is refused where the store holds two histories, unless one is named") {
  Host host;
  (void)host.run_well();
  host.plan.policy = "other";
  (void)host.run_well();
  const auto unclear = host.restore({});
  REQUIRE_FALSE(unclear);
  CHECK(unclear.error().kind == ErrorKind::Usage);
  auto source = host.source();
  source.filter.policy = "other";
  CHECK(preview_restore(host.world, source, {}, host.events, {}));
}

}  // namespace backstay::runtime
