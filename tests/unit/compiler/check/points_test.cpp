// When points come and how old the newest grows, against a minute-by-minute look at the rules.
#include "compiler/check/points.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace backstay::compiler::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kStart = sys_days(std::chrono::year(2027) / std::chrono::January / 1);
constexpr int kLength = 4'000;  // minutes that are looked at

sys_seconds at_minute(int minute) {
  return kStart + minutes(minute);
}

std::vector<Fire> fires_at(const std::vector<int>& when) {
  std::vector<Fire> fires;
  for (const int minute : when) {
    fires.push_back({at_minute(minute), {}});
  }
  return fires;
}

std::vector<int> any_minutes(std::size_t least) {
  auto found = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kLength - 500));
  while (found.size() < least) {
    found.push_back(*rc::gen::inRange(0, kLength - 500));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// Start of the newest point of the runs that is done at a minute.
std::optional<int> newest_run(const std::vector<int>& runs, int latest, int now) {
  std::optional<int> newest;
  for (const int run : runs) {
    if (run + latest <= now) {
      newest = run;
    }
  }
  return newest;
}

/// Start of the newest point that is at the other site at a minute: each copy asks what there was.
std::optional<int> newest_copy(const std::vector<int>& runs,
                               int latest,
                               const std::vector<int>& copies,
                               int copy_latest,
                               int now) {
  std::optional<int> newest;
  for (const int copy : copies) {
    const auto taken = newest_run(runs, latest, copy);
    if (copy + copy_latest <= now && taken) {
      newest = std::max(newest.value_or(*taken), *taken);
    }
  }
  return newest;
}

/// The greatest age just before each minute, from the first point on.
std::optional<int> naive_age(const std::vector<int>& runs,
                             int latest,
                             const std::vector<int>& copies,
                             int copy_latest) {
  std::optional<int> greatest;
  for (int now = 1; now <= kLength; ++now) {
    if (const auto newest = newest_copy(runs, latest, copies, copy_latest, now - 1)) {
      greatest = std::max(greatest.value_or(0), now - *newest);
    }
  }
  return greatest;
}

}  // namespace

TEST_CASE("copies with a pace of their own grow as old as a minute-by-minute look finds") {
  CHECK(rc::check([] {
    const auto runs = any_minutes(1);
    const auto copies = any_minutes(1);
    const int latest = *rc::gen::inRange(0, 300);
    const int copy_latest = *rc::gen::inRange(0, 300);
    const auto points = arrivals_of_copies(arrivals_of_runs(fires_at(runs), minutes(latest)),
                                           fires_at(copies), minutes(copy_latest));
    const auto worst = find_worst_age(points, 0, at_minute(kLength));
    const auto naive = naive_age(runs, latest, copies, copy_latest);
    RC_ASSERT(worst.has_value() == naive.has_value());
    RC_ASSERT(!naive || worst->age == seconds(minutes(*naive)));
  }));
}

TEST_CASE("a copy never brings a point twice, nor an older one after a newer") {
  CHECK(rc::check([] {
    const auto points = arrivals_of_copies(
        arrivals_of_runs(fires_at(any_minutes(1)), minutes(*rc::gen::inRange(0, 300))),
        fires_at(any_minutes(1)), minutes(*rc::gen::inRange(0, 300)));
    for (std::size_t at = 1; at < points.size(); ++at) {
      RC_ASSERT(points[at - 1].begun < points[at].begun);
      RC_ASSERT(points[at - 1].available <= points[at].available);
    }
  }));
}

TEST_CASE("a copy that fires just when a run may be done takes that run") {
  const auto runs = arrivals_of_runs(fires_at({0, 100}), minutes(60));
  const auto points = arrivals_of_copies(runs, fires_at({59, 60, 161}), minutes(10));
  CHECK(points ==
        std::vector<Arrival>{{at_minute(0), at_minute(70)}, {at_minute(100), at_minute(171)}});
}

TEST_CASE("runs that are missing in a row leave the point before them the newest") {
  const auto runs = arrivals_of_runs(fires_at({0, 100, 200, 300}), minutes(10));
  CHECK(find_worst_age(runs, 0, std::nullopt)->age == minutes(110));
  CHECK(find_worst_age(runs, 1, std::nullopt)->age == minutes(210));
  CHECK(find_worst_age(runs, 2, std::nullopt)->age == minutes(310));
  CHECK_FALSE(find_worst_age(runs, 4, std::nullopt));
}

}  // namespace backstay::compiler::testing
