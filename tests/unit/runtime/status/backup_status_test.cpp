// What makes a backup safe or not, with real snapshots and a clock that is set by the test.
#include "runtime/status/backup_status.hpp"

#include "runtime/store/records.hpp"
#include "runtime/system/clock.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

using std::chrono::hours;

/// A plan with one backup of one service, `rpo 26h`, and a store for it.
class Watched {
 public:
  Watched() {
    bench_.backup.target = "local";
    bench_.backup.services = {"web"};
    bench_.backup.hosts = {"host1"};
    bench_.plan.backups = {bench_.backup};
    bench_.plan.promises = {
        {.subject = "service web", .promise = "rpo 48h", .verdict = "proven"},
        {.subject = "service web", .promise = "rpo 26h tolerates 1", .verdict = "proven"},
        {.subject = "service other", .promise = "rpo 1h", .verdict = "proven"}};
    write_text(bench_.directory / "tree/file", "content");
  }

  std::string back_up() {
    plan::ArchiveFiles files;
    files.component = "web.tree";
    files.path = bench_.directory / "tree";
    const auto id = bench_.back_up(files);
    REQUIRE(error_of(id).empty());
    return *id;
  }

  BackupStatus look(std::chrono::system_clock::time_point now, const StatusRequest& request = {}) {
    const auto found =
        assess_backups(bench_.real, bench_.world->directories, bench_.plan, request, now);
    REQUIRE(error_of(found).empty());
    REQUIRE(found->size() == 1);
    return found->front();
  }

  Bench& bench() { return bench_; }

 private:
  Bench bench_;
};

TEST_CASE("a backup without a point is not safe", "[status]") {
  Watched watched;
  const BackupStatus status = watched.look(std::chrono::system_clock::now());
  CHECK(status.problems == std::vector<std::string>{"there is no point"});
  CHECK(status.promised == Duration{26 * 3600});
  CHECK_FALSE(status.newest);
}

TEST_CASE("the newest point is held against the strictest promise", "[status]") {
  Watched watched;
  const std::string id = watched.back_up();
  const auto now = std::chrono::system_clock::now();
  const BackupStatus fresh = watched.look(now + hours(25));
  CHECK(fresh.safe());
  REQUIRE(fresh.newest);
  CHECK(fresh.newest->id == id);
  CHECK(fresh.points == 1);
  CHECK(fresh.age.seconds >= 25 * 3600);
  const BackupStatus old = watched.look(now + hours(27));
  REQUIRE(old.problems.size() == 1);
  CHECK(old.problems[0].find("`rpo 26h` is promised") != std::string::npos);
}

TEST_CASE("a point whose verification failed is not safe, one that passed again is", "[status]") {
  Watched watched;
  const std::string id = watched.back_up();
  const auto now = std::chrono::system_clock::now();
  const auto record = [&](bool intact) {
    const std::string json = std::string(R"({"level":1,"at":"2026-11-22T00:00:00Z","intact":)") +
                             (intact ? "true}" : "false}");
    REQUIRE(write_record(watched.bench().real, watched.bench().store, id, "verify", json));
  };
  record(false);
  CHECK(watched.look(now).problems ==
        std::vector<std::string>{"the newest point did not pass its verification"});
  record(true);
  CHECK(watched.look(now).safe());
  CHECK(watched.look(now).proof->level == 1);
}

TEST_CASE("the last run of the same backup counts, not an older or another's", "[status]") {
  Watched watched;
  watched.back_up();
  const auto report = [&](const std::string& run, const std::string& backup, const char* failure) {
    write_text(watched.bench().world->directories.state + "/runs/" + run + ".json",
               R"({"run":")" + run + R"(","what":"backup","policy":"policy","backup":")" + backup +
                   R"(","host":"host1","status":"partial","failure":)" + failure + "}");
  };
  const auto now = std::chrono::system_clock::now();
  report("20260101T000000Z-aaaaaaaa", "nightly", "\"disk full\"");
  CHECK(watched.look(now).problems ==
        std::vector<std::string>{"the last run was partial: disk full"});
  report("20260102T000000Z-aaaaaaaa", "weekly", "\"other\"");
  report("20260103T000000Z-aaaaaaaa", "nightly", "null");
  write_text(watched.bench().world->directories.state + "/runs/20260104T000000Z-aaaaaaaa.json",
             "{broken");
  CHECK(watched.look(now).safe());
}

TEST_CASE("a store that cannot be read is a problem of its line", "[status]") {
  Watched watched;
  fs::remove_all(watched.bench().store.path);
  const BackupStatus status = watched.look(std::chrono::system_clock::now());
  REQUIRE(status.problems.size() == 1);
  CHECK(status.problems[0].find(watched.bench().store.path) != std::string::npos);
}

TEST_CASE("names that the plan does not have are refused", "[status]") {
  Watched watched;
  Bench& bench = watched.bench();
  const auto ask = [&](const StatusRequest& request) {
    const auto found = assess_backups(bench.real, bench.world->directories, bench.plan, request,
                                      std::chrono::system_clock::now());
    REQUIRE_FALSE(found);
    return to_string(found.error()) + "; " + found.error().hint;
  };
  CHECK(ask({.backup = "nightl"}) == "the plan has no backup `nightl`; did you mean `nightly`?");
  CHECK(ask({.host = "elsewhere"}) == "the plan has no host `elsewhere`; it has: host1");
}

TEST_CASE("a run is found by its place, its id and the beginning of it", "[status]") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  const std::string state = directory.path();
  CHECK(read_past_runs(files, state)->empty());
  for (const char* run : {"20260101T000000Z-aa", "20260102T000000Z-bb", "20260102T000000Z-bc"})
    write_text(state + "/runs/" + run + ".json", std::string(R"({"run":")") + run + "\"}");
  const auto found = [&](const std::string& name) {
    const auto text = read_run_report(files, state, name);
    return text ? *text : to_string(text.error());
  };
  CHECK(found("latest") == R"({"run":"20260102T000000Z-bc"})");
  CHECK(found("latest~2") == R"({"run":"20260101T000000Z-aa"})");
  CHECK(found("20260101") == R"({"run":"20260101T000000Z-aa"})");
  CHECK(found("latest~3") == "no run `latest~3` on this machine");
  CHECK(found("latest~x") == "no run `latest~x` on this machine");
  CHECK(found("20260102T000000Z-b").find("fits 2 runs") != std::string::npos);
  CHECK(read_past_runs(files, state)->front().run_id == "20260102T000000Z-bc");
}

}  // namespace
}  // namespace backstay::runtime::testing
