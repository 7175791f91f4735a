// When a restore counts as proven, for how long, and what of it is a broken promise.
#include "runtime/status/drill_status.hpp"

#include <fmt/format.h>

#include "runtime/status/backup_status.hpp"
#include "runtime/store/records.hpp"
#include "runtime/system/clock.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

using std::chrono::hours;
using Now = std::chrono::system_clock::time_point;

/// A backup of the service `web` with `drill every 8d` and `rto 1h`, and one point at least.
class Drilled {
 public:
  Drilled() {
    bench_.backup.target = "local";
    bench_.backup.services = {"web"};
    bench_.backup.hosts = {"host1"};
    bench_.plan.backups = {bench_.backup};
    bench_.plan.promises = {
        {.subject = "service web", .promise = "drill every 30d", .verdict = "proven"},
        {.subject = "service web", .promise = "drill every 8d", .verdict = "proven"},
        {.subject = "service web", .promise = "rto 1h", .verdict = "unproven"}};
    write_text(bench_.directory / "tree/file", "content");
    begun_ = std::chrono::system_clock::now();
  }

  std::string back_up() {
    plan::ArchiveFiles files;
    files.component = "web.tree";
    files.path = bench_.directory / "tree";
    const auto id = bench_.back_up(files);
    REQUIRE(error_of(id).empty());
    return *id;
  }

  void drill(const std::string& snapshot, Now at, bool passed, int seconds = 5) {
    const std::string json = fmt::format(
        R"({{"drill":"weekly","finished":"{0}","started":"{0}","status":"{1}","failure":{2},)"
        R"("services":[{{"service":"web","restored_ms":{3}}}]}})",
        to_rfc3339(at), passed ? "drilled" : "failed", passed ? "null" : "\"no server\"",
        seconds * 1000);
    REQUIRE(write_record(bench_.real, bench_.store, snapshot, "drill", json));
  }

  BackupStatus look(Now now) {
    const auto found = assess_backups(bench_.real, bench_.world->directories, bench_.plan, {}, now);
    REQUIRE(error_of(found).empty());
    return found->front();
  }

  [[nodiscard]] Now begun() const { return begun_; }

 private:
  Bench bench_;
  Now begun_;
};

TEST_CASE("a promised drill that never was is overdue from the first point on", "[status]") {
  Drilled drilled;
  drilled.back_up();
  CHECK(drilled.look(drilled.begun() + hours(24 * 7)).safe());
  const BackupStatus late = drilled.look(drilled.begun() + hours(24 * 9));
  REQUIRE(late.problems.size() == 1);
  CHECK(late.problems[0].find("never drilled") != std::string::npos);
  CHECK(late.problems[0].find("drill every 8d") != std::string::npos);
}

TEST_CASE("a drill keeps the strictest promise for as long as it says", "[status]") {
  Drilled drilled;
  const std::string id = drilled.back_up();
  const Now at = drilled.begun() + hours(24 * 20);
  drilled.drill(id, at, true);
  const BackupStatus kept = drilled.look(at + hours(24 * 7));
  CHECK(kept.safe());
  CHECK(kept.newest_state() == "drilled");
  REQUIRE(kept.drills.slowest() != nullptr);
  CHECK(kept.drills.slowest()->took == std::chrono::seconds(5));
  const BackupStatus late = drilled.look(at + hours(24 * 9));
  REQUIRE(late.problems.size() == 1);
  CHECK(late.problems[0].find("the last drill of web was") != std::string::npos);
}

TEST_CASE("a failed drill of a newer point does not move the newest proven one", "[status]") {
  Drilled drilled;
  const std::string first = drilled.back_up();
  const std::string second = drilled.back_up();
  drilled.drill(first, drilled.begun() + hours(1), true);
  drilled.drill(second, drilled.begun() + hours(2), false);
  const BackupStatus status = drilled.look(drilled.begun() + hours(3));
  REQUIRE(status.drills.proven);
  CHECK(status.drills.proven->snapshot == first);
  CHECK(status.problems == std::vector<std::string>{"the last drill failed: no server"});
  CHECK(status.newest_state() != "drilled");
  drilled.drill(second, drilled.begun() + hours(4), true);
  const BackupStatus mended = drilled.look(drilled.begun() + hours(5));
  CHECK(mended.safe());
  CHECK(mended.drills.proven->snapshot == second);
}

TEST_CASE("a snapshot whose last drill failed is not proven by an earlier one", "[status]") {
  Drilled drilled;
  const std::string id = drilled.back_up();
  drilled.drill(id, drilled.begun() + hours(1), true);
  drilled.drill(id, drilled.begun() + hours(2), false);
  CHECK_FALSE(drilled.look(drilled.begun() + hours(3)).drills.proven);
}

TEST_CASE("a restore that took longer than promised is a problem", "[status]") {
  Drilled drilled;
  const std::string id = drilled.back_up();
  drilled.drill(id, drilled.begun() + hours(1), true, 3601);
  const BackupStatus slow = drilled.look(drilled.begun() + hours(2));
  REQUIRE(slow.problems.size() == 1);
  CHECK(slow.problems[0].find("`rto 1h` is promised") != std::string::npos);
}

}  // namespace
}  // namespace backstay::runtime::testing
