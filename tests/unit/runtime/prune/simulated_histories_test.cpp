// `simulate` and `prune` decide by one function: replayed night by night, random histories leave in
// a store what the simulation of the policy promised, for the same reasons.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "compiler/calendar/buckets.hpp"
#include "compiler/simulate/simulate_target.hpp"
#include "runtime/prune/prune_decision.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime::testing {
namespace {

using compiler::SimulatedRun;
using std::chrono::days;
using std::chrono::sys_seconds;

plan::Retention random_retention() {
  plan::Retention retention{.name = "r"};
  const auto some = [](int most) { return *rc::gen::inRange(0, most + 1); };
  retention.last = some(3);
  retention.hourly = some(5);
  retention.daily = some(8);
  retention.weekly = some(5);
  retention.monthly = some(4);
  retention.quarterly = some(2);
  retention.yearly = some(2);
  retention.at_least = *rc::gen::inRange(1, 5);
  const int all_for = some(20);
  retention.all_for = all_for == 0 ? "" : std::to_string(all_for) + "d";
  return retention;
}

plan::Plan plan_with(const plan::Retention& retention, const std::string& zone) {
  plan::Plan plan;
  plan.zone = zone;
  plan.schedules.push_back({.name = "s",
                            .rule = *rc::gen::element<std::string>(
                                "every day at 02:30", "every sun at 02:30", "every 6h",
                                "calendar \"*-*-* 00,01,02,03:15:00\"", "every mon, thu at 23:00"),
                            .window = "",
                            .jitter = ""});
  plan.retentions.push_back(retention);
  plan::Backup& backup = plan.backups.emplace_back();
  backup.name = "b";
  backup.schedule = "s";
  backup.target = "t";
  backup.retention = retention.name;
  return plan;
}

/// What a store holds when `prune` ran after every run, and every question of a guard was answered
/// with yes.
PruneDecision replay(const std::vector<SimulatedRun>& runs,
                     const plan::Retention& retention,
                     const PeriodsOf& periods) {
  PruneFacts facts{.retention = retention, .points = {}, .now = {}};
  PruneDecision decision;
  for (std::size_t index = 0; index < runs.size(); ++index) {
    if (runs[index].missed)
      continue;
    facts.now = runs[index].fire.at;
    facts.points.push_back(
        {.id = std::to_string(index), .at = runs[index].point, .verified = true});
    decision = decide_prune(facts, periods);
    RC_ASSERT(decision.refusals.empty());
    std::vector<PrunePoint> left;
    std::vector<PruneVerdict> kept;
    for (std::size_t at = 0; at < facts.points.size(); ++at) {
      if (decision.verdicts[at].keep) {
        left.push_back(facts.points[at]);
        kept.push_back(decision.verdicts[at]);
      }
    }
    facts.points = std::move(left);
    decision.verdicts = std::move(kept);
  }
  return decision;
}

}  // namespace

TEST_CASE("a prune after every run leaves what the simulation says, point by point", "[prune]") {
  CHECK(rc::check([] {
    const plan::Retention retention = random_retention();
    const std::string name =
        *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata");
    const plan::Plan plan = plan_with(retention, name);
    compiler::Horizon horizon;
    horizon.length = days(*rc::gen::inRange(1, 150));
    const Duration outage{*rc::gen::inRange(-1, 40) * std::int64_t{86'400}};
    const auto targets = compiler::simulate_targets(plan, plan.backups.front(), horizon, outage);
    RC_ASSERT(targets.has_value());
    const auto zone = compiler::Zone::find(name);
    RC_ASSERT(zone.has_value());
    const auto& runs = targets->front().runs;
    const auto left =
        replay(runs, retention, [&](sys_seconds at) { return compiler::periods_of(at, *zone); });
    std::set<std::string> promised;
    for (std::size_t index = 0; index < runs.size(); ++index) {
      if (runs[index].kept && !runs[index].missed)
        promised.insert(std::to_string(index));
    }
    std::set<std::string> held;
    for (const PruneVerdict& verdict : left.verdicts)
      held.insert(verdict.id);
    RC_ASSERT(held == promised);
  }));
}

TEST_CASE("of points that failed, and of clocks that jumped, both decide alike", "[prune]") {
  CHECK(rc::check([] {
    const plan::Retention retention = random_retention();
    const auto zone = compiler::Zone::find("Europe/Berlin").value();
    const PeriodsOf periods = [&](sys_seconds at) { return compiler::periods_of(at, zone); };
    const sys_seconds begin(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    PruneFacts facts{.retention = retention, .points = {}, .now = begin + days(120)};
    std::vector<plan::RetentionPoint> points;
    const int count = *rc::gen::inRange(1, 80);
    for (int number = 0; number < count; ++number) {
      const auto jump = std::chrono::hours(*rc::gen::inRange(-60, 200));
      const sys_seconds at = begin + std::chrono::hours(24 * number) + jump;
      const bool verified = *rc::gen::inRange(0, 4) != 0;
      const std::string id = fmt::format("{:08}", number);
      facts.points.push_back({.id = id, .at = at, .verified = verified});
      points.push_back({.id = id, .at = at, .periods = periods(at), .verified = verified});
    }
    const auto rules = plan::decide(points, retention, facts.now);
    const auto decision = decide_prune(facts, periods);
    RC_ASSERT(rules.size() == decision.verdicts.size());
    for (std::size_t index = 0; index < rules.size(); ++index) {
      // The guards only ever add reasons to keep.
      RC_ASSERT(!rules[index].keep || decision.verdicts[index].keep);
      const auto& reasons = decision.verdicts[index].reasons;
      for (std::size_t at = 0; at < rules[index].reasons.size(); ++at)
        RC_ASSERT(reasons[at] == plan::to_string(rules[index].reasons[at]));
      const bool guarded =
          std::find(reasons.begin(), reasons.end(), "newest complete") != reasons.end();
      RC_ASSERT(guarded || rules[index].keep == decision.verdicts[index].keep);
    }
  }));
}

// Not a test: `tests/bench/prune-decision` prints what it says.
TEST_CASE("the decision over ten thousand points is timed", "[.bench-prune]") {
  const auto zone = compiler::Zone::find("Europe/Berlin").value();
  const sys_seconds begin(std::chrono::sys_days(std::chrono::year(2000) / 1 / 1));
  PruneFacts facts{.retention = {}, .points = {}, .now = begin + days(10'001)};
  facts.retention.daily = 30;
  facts.retention.weekly = 12;
  facts.retention.monthly = 24;
  facts.retention.yearly = 10;
  for (int number = 0; number < 10'000; ++number)
    facts.points.push_back(
        {.id = fmt::format("{:08}-20000101T000000Z-policy-host-abcdef01", number),
         .at = begin + days(number),
         .verified = true});
  const PeriodsOf periods = [&](sys_seconds at) { return compiler::periods_of(at, zone); };
  std::vector<double> times;
  for (int round = 0; round < 15; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const PruneDecision decision = decide_prune(facts, periods);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    REQUIRE(decision.removals() > 9'000);
    times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  fmt::print("prune decision over 10,000 points: median {:.1f} ms, slowest {:.1f} ms of {}\n",
             times[times.size() / 2], times.back(), times.size());
}

}  // namespace backstay::runtime::testing
