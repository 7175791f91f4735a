// `simulate` and the checks tell the same of one policy: what an outage leaves, what copies bring.
#include "compiler/simulate/simulate_target.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/check/store_simulation.hpp"
#include "tests/support/catch.hpp"

namespace backstay::compiler::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

plan::Plan plan_with(const plan::Retention& retention) {
  plan::Plan plan;
  plan.zone = "UTC";
  plan.schedules.push_back(
      {.name = "nightly", .rule = "every day at 02:00", .window = "1h", .jitter = ""});
  plan.schedules.push_back(
      {.name = "weekly", .rule = "every sun at 02:30", .window = "1h", .jitter = ""});
  plan.retentions.push_back(retention);
  plan::Backup& backup = plan.backups.emplace_back();
  backup.name = "b";
  backup.schedule = "nightly";
  backup.target = "t";
  backup.retention = retention.name;
  return plan;
}

std::vector<SimulatedTarget> simulated(const plan::Plan& plan, days length, Duration outage) {
  Horizon horizon;
  horizon.length = length;
  auto targets = simulate_targets(plan, plan.backups.front(), horizon, outage);
  REQUIRE(targets);
  return std::move(targets).value();
}

std::vector<Arrival> nightly(int count) {
  const auto begin = std::chrono::sys_days(std::chrono::year(2027) / 1 / 1) + hours(2);
  std::vector<Arrival> arrivals;
  for (int night = 0; night < count; ++night) {
    arrivals.push_back({begin + days(night), begin + days(night) + hours(1)});
  }
  return arrivals;
}

std::size_t kept_at_end(const SimulatedTarget& target) {
  return static_cast<std::size_t>(std::count_if(target.runs.begin(), target.runs.end(),
                                                [](const SimulatedRun& run) { return run.kept; }));
}

}  // namespace

TEST_CASE("simulating up to the run that ends the worst outage leaves what the check says") {
  CHECK(rc::check([] {
    plan::Retention retention{.name = "r"};
    retention.daily = *rc::gen::inRange(0, 9);
    retention.weekly = *rc::gen::inRange(0, 5);
    retention.at_least = *rc::gen::inRange(1, 4);
    const int all_for = *rc::gen::inRange(0, 40);
    retention.all_for = all_for == 0 ? "" : std::to_string(all_for) + "d";
    const int outage = *rc::gen::element(10, 30);
    const auto zone = Zone::find("UTC").value();
    const auto losses =
        simulate_outages(nightly(90), retention, zone, {.lengths = {days(outage)}}).front();
    RC_ASSERT(losses.fewest.has_value());
    const auto length = std::chrono::floor<days>(losses.fewest->next) -
                        std::chrono::sys_days(std::chrono::year(2027) / 1 / 1) + days(1);
    const auto targets =
        simulated(plan_with(retention), length, Duration{outage * std::int64_t{86'400}});
    RC_ASSERT(targets.size() == 1U);
    RC_ASSERT(targets.front().points() == losses.fewest->after);
    RC_ASSERT(kept_at_end(targets.front()) == losses.fewest->after);
  }));
}

TEST_CASE("copies after each run bring each point, copies with a pace of their own the newest") {
  plan::Plan plan = plan_with({.name = "r", .daily = 7, .at_least = 3});
  plan.retentions.push_back({.name = "long", .last = 60, .at_least = 1});
  plan.backups.front().copies = {{.target = "far", .retention = "long"},
                                 {.target = "tape", .retention = "long", .schedule = "weekly"}};
  const auto targets = simulated(plan, days(28), Duration{-1});
  REQUIRE(targets.size() == 3);
  CHECK(targets[0].points() == 7);
  CHECK(targets[1].points() == 28);
  CHECK(targets[1].is_copy);
  REQUIRE(targets[2].runs.size() == 4);
  CHECK(targets[2].own_pace);
  // At 02:30 the run of 02:00 may still be at work, so the one of the day before is taken.
  for (const SimulatedRun& run : targets[2].runs) {
    CHECK(run.fire.at - run.point == hours(24) + std::chrono::minutes(30));
  }
  CHECK(targets[2].points() == 4);
}

TEST_CASE("a copy that runs more often than its backup finds nothing new") {
  plan::Plan plan = plan_with({.name = "r", .daily = 7, .at_least = 3});
  plan.backups.front().schedule = "weekly";
  plan.backups.front().copies = {{.target = "far", .retention = "r", .schedule = "nightly"}};
  const auto targets = simulated(plan, days(14), Duration{-1});
  const auto& runs = targets.at(1).runs;
  CHECK(runs.size() == 14);
  CHECK(std::count_if(runs.begin(), runs.end(),
                      [](const SimulatedRun& run) { return !run.nothing_new; }) == 2);
  CHECK(targets[1].points() == 2);
}

TEST_CASE("a backup without a schedule runs nowhere") {
  plan::Plan plan = plan_with({.name = "r", .daily = 7, .at_least = 3});
  plan.backups.front().schedule = "";
  plan.backups.front().copies = {{.target = "far", .retention = "r"}};
  for (const SimulatedTarget& target : simulated(plan, days(14), Duration{-1})) {
    CHECK(target.rule.empty());
    CHECK(target.runs.empty());
  }
}

}  // namespace backstay::compiler::testing
