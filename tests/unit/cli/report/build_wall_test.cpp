#include "cli/report/build_wall.hpp"

#include "cli/report/day_state.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::cli::testing {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

const auto kNow = sys_days(year(2026) / 11 / 22) + std::chrono::hours(14);

KnownRun run_at(const std::string& started, const std::string& status) {
  KnownRun run{.id = started,
               .what = "backup",
               .policy = "sample",
               .backup = "controller",
               .host = "ctl01",
               .started = started,
               .status = status};
  run.components = {{"nova.etc", status}, {"nova.gone", "verified"}};
  return run;
}

std::string letters(const CoverageWall& wall, const std::string& component) {
  std::string text;
  for (const WallRow& row : wall.rows) {
    for (const WallDay& day : row.days) {
      if (row.component == component)
        text += letter_of(day.state);
    }
  }
  return text;
}

CoverageWall wall_of(const std::vector<KnownRun>& runs,
                     const std::vector<StoredPoint>& points = {}) {
  static const plan::Plan plan = test::sample_plan();
  return build_wall(plan, plan.backups.front(), "ctl01", runs, points, *PlanCalendar::of(plan),
                    kNow, 6);
}

}  // namespace

TEST_CASE("the worst of a day is what is shown, with what else there was", "[report]") {
  const auto wall = wall_of(
      {run_at("2026-11-18T02:30:00Z", "verified"), run_at("2026-11-19T02:30:00Z", "verified"),
       run_at("2026-11-19T12:30:00Z", "failed"), run_at("2026-11-20T02:30:00Z", "partial"),
       run_at("2026-11-21T02:31:00Z", "stored"), run_at("2026-11-22T02:30:00Z", "verified")});
  CHECK(letters(wall, "nova.etc") == " VXpsV");
  for (const WallRow& row : wall.rows) {
    if (row.component == "nova.etc")
      CHECK(row.days[2].note == "1 verified, 1 failed");
    if (row.component == "nova.gone")
      CHECK(row.service == "no longer in the plan");
  }
}

TEST_CASE("a night without a run is missed once the next one is due or it is too late",
          "[report]") {
  CHECK(letters(wall_of({run_at("2026-11-17T02:30:00Z", "verified"),
                         run_at("2026-11-19T02:30:00Z", "verified")}),
                "nova.etc") == "V-V---");
  // Made up for in the evening, before the next one was due: not missed.
  CHECK(letters(wall_of({run_at("2026-11-20T02:30:00Z", "verified"),
                         run_at("2026-11-21T22:30:00Z", "verified"),
                         run_at("2026-11-22T02:30:00Z", "verified")}),
                "nova.etc") == "   VVV");
  // Made up for on the day after: that day has it, and the day before is no gap of protection.
  CHECK(letters(wall_of({run_at("2026-11-20T02:30:00Z", "verified"),
                         run_at("2026-11-22T01:00:00Z", "verified"),
                         run_at("2026-11-22T02:30:00Z", "verified")}),
                "nova.etc") == "   V.V");
}

TEST_CASE("a run that died before it knew its components failed all of them", "[report]") {
  KnownRun dead = run_at("2026-11-22T02:30:00Z", "failed");
  dead.components.clear();
  const auto wall = wall_of({dead});
  CHECK(letters(wall, "nova.etc") == "     X");
}

TEST_CASE("points tell what happened where no run is known, and what was found later", "[report]") {
  StoredPoint point{.id = "p", .started = "2026-11-21T02:30:00Z", .verified = true};
  point.components = {"nova.etc"};
  point.missing = {"nova.gone"};
  StoredPoint rotten{.id = "q", .started = "2026-11-22T02:30:00Z", .damaged = true};
  rotten.components = {"nova.etc"};
  const auto wall = wall_of({}, {point, rotten});
  CHECK(letters(wall, "nova.etc") == "    VX");
  CHECK(letters(wall, "nova.gone") == "    X.");
  CHECK(bad_days(wall).front().note == "a later verification found damage");
}

}  // namespace backstay::cli::testing
