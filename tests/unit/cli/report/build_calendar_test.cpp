// The calendar plays by the decision of `prune`: what it says that goes is what a prune would take.
#include "cli/report/build_calendar.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "compiler/calendar/buckets.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::cli::testing {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

constexpr sys_seconds kNow = sys_days(year(2026) / 11 / 22) + std::chrono::hours(14);

runtime::PrunePoint point(int back) {
  return {.id = fmt::format("p{:03}", 500 - back),
          .at = kNow - days(back) - std::chrono::hours(11),
          .verified = true};
}

/// The sample plan's backup with points of the last `nights`.
struct Story {
  plan::Plan plan = test::sample_plan();
  StoredTarget target;

  Story(int nights, const plan::Retention& retention) {
    plan.retentions = {retention};
    target.target = &plan.targets.front();
    target.retention = &plan.retentions.front();
    runtime::PruneFacts facts{.retention = retention, .points = {}, .now = kNow};
    for (int back = nights - 1; back >= 0; --back)
      facts.points.push_back(point(back));
    target.facts = std::move(facts);
  }

  [[nodiscard]] RetentionCalendar calendar() const {
    return build_calendar(plan, plan.backups.front(), "ctl01", target, *PlanCalendar::of(plan),
                          kNow);
  }
};

plan::Retention keep(std::int64_t daily, std::int64_t weekly, std::int64_t monthly) {
  plan::Retention retention{.name = "standard"};
  retention.daily = daily;
  retention.weekly = weekly;
  retention.monthly = monthly;
  return retention;
}

}  // namespace

TEST_CASE("what stays after 90 days is what a prune leaves night by night", "[report]") {
  CHECK(rc::check([] {
    const auto retention =
        keep(*rc::gen::inRange(0, 9), *rc::gen::inRange(0, 6), *rc::gen::inRange(0, 5));
    const Story story(*rc::gen::inRange(1, 60), retention);
    const RetentionCalendar shown = story.calendar();
    const auto zone = *compiler::Zone::find("UTC");
    // Anew, by hand: every night a point, every evening a prune.
    runtime::PruneFacts facts = *story.target.facts;
    const auto prune = [&](sys_seconds now) {
      facts.now = now;
      const auto decision = runtime::decide_prune(
          facts, [&](sys_seconds at) { return compiler::periods_of(at, zone); });
      std::erase_if(facts.points, [&](const runtime::PrunePoint& one) {
        return std::any_of(
            decision.verdicts.begin(), decision.verdicts.end(),
            [&](const auto& verdict) { return verdict.id == one.id && !verdict.keep; });
      });
    };
    prune(kNow);
    for (int ahead = 1; ahead <= kDaysAhead; ++ahead) {
      const sys_seconds midnight = sys_days(year(2026) / 11 / 22) + days(ahead);
      facts.points.push_back({.id = fmt::format("new {}", ahead),
                              .at = midnight + std::chrono::minutes(150),
                              .verified = true});
      prune(midnight + days(1) - std::chrono::seconds(1));
    }
    std::multiset<sys_seconds> by_hand;
    for (const auto& one : facts.points)
      by_hand.insert(one.at);
    std::multiset<sys_seconds> played;
    for (const CalendarPoint& one : shown.points) {
      if (!one.goes)
        played.insert(one.at.at);
    }
    RC_ASSERT(played == by_hand);
    RC_ASSERT(shown.outlooks.size() == 4U);
    RC_ASSERT(shown.outlooks.back().points == by_hand.size());
  }));
}

TEST_CASE("a held point and the newest drilled one stay in the play, as they do in a store",
          "[report]") {
  Story story(40, keep(3, 0, 0));
  story.target.facts->points[0].held = "a law suit";
  story.target.facts->points[1].drilled = true;
  const auto shown = story.calendar();
  CHECK_FALSE(shown.points[0].goes);
  CHECK(shown.points[0].rule == "held");
  CHECK_FALSE(shown.points[1].goes);
  CHECK(shown.points[2].goes);
}

TEST_CASE("today is told as it is, before anything is taken away", "[report]") {
  const auto shown = Story(40, keep(3, 0, 0)).calendar();
  CHECK(shown.outlooks.front().points == 40);
  CHECK(shown.outlooks.back().points == 3);
  CHECK(shown.rule == "daily 3, at least 3");
}

TEST_CASE("a store whose prune would refuse says why instead of guessing", "[report]") {
  Story story(3, keep(3, 0, 0));
  story.target.facts.reset();
  story.target.no_facts = "the manifest of x cannot be read";
  CHECK(story.calendar().unknown == "the manifest of x cannot be read");
}

}  // namespace backstay::cli::testing
