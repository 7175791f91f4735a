// What stays after years of runs, outages and broken dumps, and what no prune may ever take.
#include "runtime/prune/prune_decision.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/catch.hpp"

namespace backstay::runtime::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_seconds;

/// UTC; what the calendar of the compiler gives for the zone UTC.
plan::RetentionPeriods periods(sys_seconds at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date(day);
  const auto month = static_cast<unsigned>(date.month()) - 1;
  const std::int64_t year = static_cast<int>(date.year());
  return {.hour = std::chrono::floor<hours>(at).time_since_epoch().count(),
          .day = day.time_since_epoch().count(),
          .week = (day.time_since_epoch().count() + 3) / 7,
          .month = year * 12 + month,
          .quarter = year * 4 + month / 3,
          .year = year};
}

/// A backup that ran every day at 02:00, to a Sunday after 200 days, and was pruned after each run.
class History {
 public:
  History() {
    facts_.retention.daily = 7;
    facts_.retention.weekly = 4;
    facts_.retention.monthly = 6;
    facts_.rpo = Duration{26 * 3600};
    facts_.now = sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 1 / 7)) + hours(2);
  }

  void run(int count, bool verified = true) {
    for (int day = 0; day < count; ++day) {
      facts_.now += days(1);
      add(facts_.now, verified);
      facts_.now += hours(1);
      prune(verified ? 0 : 1);
      facts_.now -= hours(1);
    }
  }

  void wait(int count) { facts_.now += days(count); }

  /// The id of the point.
  std::string add(sys_seconds at, bool verified = true) {
    const std::string id = fmt::format("{:08}", ++sequence_);
    facts_.points.push_back({.id = id, .at = at, .partial = false, .verified = verified});
    return id;
  }

  PruneDecision decide() { return decide_prune(facts_, periods); }

  PruneFacts& facts() { return facts_; }

  [[nodiscard]] std::size_t verified() const {
    return static_cast<std::size_t>(
        std::count_if(facts_.points.begin(), facts_.points.end(),
                      [](const PrunePoint& point) { return point.verified; }));
  }

 private:
  /// objections  how many there may be; with any, nothing goes.
  void prune(std::size_t objections) {
    const PruneDecision decision = decide();
    CHECK(decision.refusals.empty());
    CHECK(decision.objections.size() <= objections);
    if (!decision.objections.empty())
      return;
    std::vector<PrunePoint> left;
    for (std::size_t index = 0; index < facts_.points.size(); ++index) {
      if (decision.verdicts[index].keep)
        left.push_back(facts_.points[index]);
      else
        facts_.last_prune = facts_.now;
    }
    facts_.points = std::move(left);
  }

  PruneFacts facts_;
  int sequence_ = 0;
};

const PruneVerdict& verdict_of(const PruneDecision& decision, const std::string& id) {
  const auto found = std::find_if(decision.verdicts.begin(), decision.verdicts.end(),
                                  [&](const auto& verdict) { return verdict.id == id; });
  REQUIRE(found != decision.verdicts.end());
  return *found;
}

TEST_CASE("a daily backup of 200 days holds what its rules say", "[prune]") {
  History history;
  history.run(200);
  CHECK(history.verified() == 15);
}

TEST_CASE("an outage removes nothing by itself, and one run after it little", "[prune]") {
  for (const int outage : {20, 200}) {
    History history;
    history.run(200);
    history.wait(outage);
    CHECK(history.decide().removals() == 0);
    history.run(1);
    CHECK(history.verified() == 13);
  }
}

TEST_CASE("dumps that fail for weeks take no place and push nothing out", "[prune]") {
  History history;
  history.run(200);
  const std::size_t before = history.verified();
  history.run(20, false);
  CHECK(history.verified() == before);
  CHECK(history.facts().points.size() == before + 20);
}

TEST_CASE("what nobody of ours signed fills no place, whatever date it bears, and stays",
          "[prune]") {
  History history;
  history.run(60);
  const std::size_t before = history.verified();
  const PruneDecision alone = history.decide();
  std::vector<std::string> forged;
  for (int day = 1; day <= 10; ++day) {
    forged.push_back(history.add(history.facts().now - days(10) + hours(24 * day - 1)));
    history.facts().points.back().unbelieved = "it is not signed";
    history.facts().points.back().drilled = true;
  }
  const PruneDecision decision = history.decide();
  for (const std::string& id : forged) {
    CHECK(verdict_of(decision, id).keep);
    CHECK(verdict_of(decision, id).reasons.back() == "left alone: it is not signed");
  }
  for (const PruneVerdict& verdict : alone.verdicts)
    CHECK(verdict_of(decision, verdict.id).keep == verdict.keep);
  history.run(1);
  CHECK(history.verified() >= before + forged.size() - 1);
}

TEST_CASE("points that are dated back fill no place either, signed or not", "[prune]") {
  History history;
  history.run(60);
  const PruneDecision alone = history.decide();
  for (int day = 1; day <= 10; ++day) {
    const std::string id = history.add(history.facts().now - days(day) + hours(5));
    CHECK(verdict_of(history.decide(), id).keep);
  }
  const PruneDecision decision = history.decide();
  for (const PruneVerdict& verdict : alone.verdicts)
    CHECK(verdict_of(decision, verdict.id).keep == verdict.keep);
}

TEST_CASE("never goes: the newest complete, the newest drilled, what is held or locked",
          "[prune]") {
  History history;
  history.facts().retention = plan::Retention{.name = "one"};
  history.facts().retention.last = 1;
  history.facts().retention.at_least = 1;
  const sys_seconds first = history.facts().now;
  for (int day = 0; day < 12; ++day)
    history.add(first + days(day));
  history.facts().now = first + days(12);
  history.facts().points[2].drilled = true;
  history.facts().points[5].drilled = true;
  history.facts().points[1].held = "a court asks for it";
  history.facts().points[7].not_copied = "offsite";
  history.facts().locked = Duration{3 * 86400};
  const PruneDecision decision = history.decide();
  const auto stays = [&](std::size_t index) {
    return verdict_of(decision, history.facts().points[index].id).keep;
  };
  CHECK_FALSE(stays(0));
  CHECK(stays(1));
  CHECK_FALSE(stays(2));
  CHECK(stays(5));
  CHECK(stays(7));
  CHECK_FALSE(stays(8));
  CHECK(stays(10));
  CHECK(stays(11));
  CHECK(verdict_of(decision, history.facts().points[1].id).reasons ==
        std::vector<std::string>{"held: a court asks for it"});
  for (const PruneVerdict& verdict : decision.verdicts)
    CHECK_FALSE(verdict.reasons.empty());
}

TEST_CASE("more than a quarter at once is asked about, once for each day that passed", "[prune]") {
  History history;
  const sys_seconds first = history.facts().now;
  for (int point = 0; point < 40; ++point)
    history.add(first + hours(12 * point));
  history.facts().now = first + hours(12 * 39 + 1);
  const PruneDecision decision = history.decide();
  REQUIRE(decision.removals() > 10);
  REQUIRE(decision.objections.size() == 1);
  CHECK(decision.objections[0].find("more than 10 at once") != std::string::npos);
  CHECK(decision.refusals.empty());
  history.facts().last_prune = history.facts().now - days(4);
  CHECK(history.decide().objections.empty());
}

TEST_CASE("a newest point that is older than promised stops everything", "[prune]") {
  History history;
  history.run(20);
  history.facts().retention.daily = 6;
  history.facts().retention.weekly = 0;
  history.facts().retention.monthly = 0;
  history.wait(5);
  const PruneDecision decision = history.decide();
  REQUIRE(decision.removals() > 0);
  REQUIRE_FALSE(decision.objections.empty());
  CHECK(decision.objections[0].find("find out why") != std::string::npos);
}

TEST_CASE("a clock that is behind a point refuses, and no confirmation helps", "[prune]") {
  History history;
  history.run(30);
  history.facts().now -= days(3);
  CHECK(history.decide().refusals.size() == 1);
}

TEST_CASE("a clock far ahead for one run does not empty the store later", "[prune]") {
  History history;
  history.run(30);
  const std::size_t before = history.verified();
  const sys_seconds now = history.facts().now;
  const std::string wrong = history.add(now + days(3650));
  history.facts().now = now + days(1);
  history.add(history.facts().now);
  const PruneDecision decision = history.decide();
  CHECK_FALSE(decision.refusals.empty());
  CHECK(verdict_of(decision, wrong).keep);
  CHECK(decision.removals() <= 1);
  CHECK(before > 7);
}

TEST_CASE("a partial point goes after a week, once a complete one is newer", "[prune]") {
  History history;
  history.run(1);
  const std::string partial = history.add(history.facts().now + hours(1), false);
  history.facts().points.back().partial = true;
  history.facts().now += days(9);
  CHECK(verdict_of(history.decide(), partial).keep);
  history.add(history.facts().now - hours(1));
  const PruneDecision decision = history.decide();
  CHECK_FALSE(verdict_of(decision, partial).keep);
  CHECK(verdict_of(decision, partial).reasons ==
        std::vector<std::string>{"partial and older than 7 days"});
  history.facts().points[1].keep_current = true;
  CHECK(verdict_of(history.decide(), partial).reasons ==
        std::vector<std::string>{"kept before a restore and older than 7 days"});
}

TEST_CASE("the digest names exactly one decision", "[prune]") {
  History history;
  history.run(10);
  const std::string first = history.decide().digest;
  CHECK(history.decide().digest == first);
  CHECK(first.size() == 12);
  history.add(history.facts().now + hours(1));
  history.facts().now += hours(2);
  CHECK(history.decide().digest != first);
}

}  // namespace
}  // namespace backstay::runtime::testing
