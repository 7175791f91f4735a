#include "cli/report/build_storage.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::cli::testing {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

constexpr sys_seconds kNow = sys_days(year(2026) / 11 / 22) + std::chrono::hours(14);
constexpr std::uint64_t kMiB = 1ULL << 20U;

/// A first snapshot of 100 MiB, then one a day with 2 MiB of its own; what they share stays.
StoredBytes history(std::size_t snapshots) {
  StoredBytes bytes;
  for (std::size_t index = 0; index < snapshots; ++index) {
    bytes.snapshots.push_back(
        {"p" + std::to_string(index), kNow - days(static_cast<int>(snapshots - 1 - index))});
    bytes.bytes[{index, index}] += 2 * kMiB;
  }
  bytes.bytes[{0, snapshots - 1}] += 98 * kMiB;
  return bytes;
}

StorageGrowth growth_of(const StoredBytes& bytes,
                        const RetentionCalendar& calendar,
                        std::uint64_t free) {
  const plan::Plan plan = test::sample_plan();
  return build_storage(plan.targets.front(), bytes, {&calendar}, free, *PlanCalendar::of(plan),
                       kNow);
}

/// One point a day to come, each gone after `stay` days.
RetentionCalendar daily(int stay) {
  RetentionCalendar calendar;
  const std::chrono::local_days today(sys_days(year(2026) / 11 / 22).time_since_epoch());
  for (int ahead = 1; ahead <= 90; ++ahead)
    calendar.points.push_back(
        {.day = today + days(ahead), .id = {}, .goes = today + days(ahead + stay)});
  return calendar;
}

}  // namespace

TEST_CASE("bytes are counted once, by the snapshots that bear them", "[report]") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    StoredBytes bytes;
    std::vector<bool> alive;
    for (std::size_t index = 0; index < count; ++index) {
      bytes.snapshots.push_back({"p", kNow});
      alive.push_back(*rc::gen::arbitrary<bool>());
      for (std::size_t last = index; last < count; ++last)
        bytes.bytes[{index, last}] = *rc::gen::inRange<std::uint64_t>(0, 1000);
    }
    std::uint64_t naive = 0;
    for (const auto& [range, size] : bytes.bytes) {
      bool borne = false;
      for (std::size_t index = range.first; index <= range.second; ++index)
        borne = borne || alive[index];
      naive += borne ? size : 0;
    }
    RC_ASSERT(bytes.used(alive) == naive);
  }));
}

TEST_CASE("the pace is what days brought, without the first full snapshot", "[report]") {
  const auto growth = growth_of(history(21), daily(7), 1000 * kMiB);
  CHECK(growth.used == 98 * kMiB + 21 * 2 * kMiB);
  CHECK(growth.a_day == 2 * kMiB);
  CHECK(growth.limit == growth.used + 1000 * kMiB);
  CHECK_FALSE(growth.full_earliest.known());
}

TEST_CASE("the forecast lies between giving back all and nothing", "[report]") {
  const auto growth = growth_of(history(21), daily(7), 100 * kMiB);
  REQUIRE(growth.forecast.size() == 91);
  CHECK(growth.forecast.front().high == growth.used);
  CHECK(growth.forecast.back().high == growth.used + 90 * 2 * kMiB);
  CHECK(growth.forecast.back().low == growth.used + 7 * 2 * kMiB);
  CHECK(growth.full_earliest.text == "2027-01-11");  // after 50 nights of 2 MiB
  CHECK_FALSE(growth.full_latest.known());
}

TEST_CASE("a declared capacity counts where it is less than what is free", "[report]") {
  plan::Plan plan = test::sample_plan();
  plan.targets.front().capacity = "150MiB";
  const RetentionCalendar calendar = daily(90);
  const auto growth = build_storage(plan.targets.front(), history(21), {&calendar}, 4000 * kMiB,
                                    *PlanCalendar::of(plan), kNow);
  CHECK(growth.limit == 150 * kMiB);
  CHECK(growth.limit_from == "`capacity 150MiB` of the policy");
  CHECK(growth.full_earliest.text == "2026-11-27");
  CHECK(growth.full_latest.text == "2026-11-27");
}

TEST_CASE("one point has no pace, and an empty store says so", "[report]") {
  CHECK(growth_of(history(1), daily(7), kMiB).forecast.empty());
  CHECK(growth_of({}, daily(7), kMiB).unknown == "There is no point in it yet.");
}

}  // namespace backstay::cli::testing
