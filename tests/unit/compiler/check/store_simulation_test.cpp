// The simulation that removes after every run, against one that decides anew from all points that
// ever were; outages and locks likewise.
#include "compiler/check/store_simulation.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/calendar/buckets.hpp"
#include "tests/support/catch.hpp"

namespace backstay::compiler::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kStart = sys_days(std::chrono::year(2027) / std::chrono::January / 1);

Zone utc() {
  return Zone::find("UTC").value();
}

std::vector<Arrival> nightly(int count) {
  std::vector<Arrival> arrivals;
  for (int night = 0; night < count; ++night) {
    const sys_seconds at = kStart + days(night) + hours(2);
    arrivals.push_back({at, at + hours(1)});
  }
  return arrivals;
}

std::vector<Arrival> any_arrivals() {
  const auto gaps = *rc::gen::container<std::vector<int>>(
      rc::gen::oneOf(rc::gen::inRange(30, 300), rc::gen::inRange(600, 6'000)));
  std::vector<Arrival> arrivals;
  sys_seconds at = kStart;
  for (const int gap : gaps) {
    at += minutes(gap);
    arrivals.push_back({at, at + minutes(10)});
  }
  return arrivals;
}

plan::Retention any_retention() {
  const auto number = [](int most) { return *rc::gen::inRange(0, most); };
  plan::Retention retention{.name = "r"};
  retention.last = number(4);
  retention.hourly = number(4);
  retention.daily = number(9);
  retention.weekly = number(5);
  retention.monthly = number(4);
  retention.at_least = *rc::gen::inRange(1, 4);
  const int within = number(40);
  retention.all_for = within == 0 ? "" : std::to_string(within) + "d";
  return retention;
}

/// Starts of what stays of the first `count` points and, where one is named, of one more.
std::vector<sys_seconds> naive_kept(const std::vector<Arrival>& arrivals,
                                    std::size_t count,
                                    const plan::Retention& retention,
                                    const Arrival* further = nullptr) {
  std::vector<Arrival> all(arrivals.begin(), arrivals.begin() + static_cast<std::ptrdiff_t>(count));
  if (further != nullptr) {
    all.push_back(*further);
  }
  std::vector<plan::RetentionPoint> points;
  for (const Arrival& one : all) {
    points.push_back({.id = std::to_string(points.size()),
                      .at = one.begun,
                      .periods = periods_of(one.begun, utc())});
  }
  std::vector<sys_seconds> kept;
  for (const plan::RetentionDecision& decision :
       plan::decide(points, retention, all.back().available)) {
    if (decision.keep) {
      kept.push_back(all[std::stoul(decision.id)].begun);
    }
  }
  return kept;
}

/// The youngest age at which a point went, by comparing what stays after each two runs.
std::optional<seconds> naive_youngest(const std::vector<Arrival>& arrivals,
                                      const plan::Retention& retention) {
  std::optional<seconds> youngest;
  std::vector<sys_seconds> before;
  for (std::size_t count = 1; count <= arrivals.size(); ++count) {
    before.push_back(arrivals[count - 1].begun);
    const auto after = naive_kept(arrivals, count, retention);
    for (const sys_seconds point : before) {
      if (!std::binary_search(after.begin(), after.end(), point)) {
        const seconds age = arrivals[count - 1].begun - point;
        youngest = std::min(youngest.value_or(age), age);
      }
    }
    before = after;
  }
  return youngest;
}

}  // namespace

TEST_CASE("a simulated target holds after each run what deciding anew would leave") {
  CHECK(rc::check([] {
    const auto arrivals = any_arrivals();
    const plan::Retention retention = any_retention();
    const StoreSimulation simulation = simulate_store(arrivals, retention, utc());
    RC_ASSERT(simulation.states.size() == arrivals.size());
    for (std::size_t at = 0; at < arrivals.size(); ++at) {
      const auto kept = naive_kept(arrivals, at + 1, retention);
      RC_ASSERT(simulation.states[at].points == kept.size());
      RC_ASSERT(simulation.states[at].oldest == kept.front());
      RC_ASSERT(simulation.states[at].newest == kept.back());
    }
  }));
}

TEST_CASE("the youngest point that goes is the one that comparing run by run finds") {
  CHECK(rc::check([] {
    const auto arrivals = any_arrivals();
    const plan::Retention retention = any_retention();
    const auto simulation = simulate_store(arrivals, retention, utc());
    const auto naive = naive_youngest(arrivals, retention);
    RC_ASSERT(simulation.youngest_removed.has_value() == naive.has_value());
    RC_ASSERT(!naive || simulation.youngest_removed->age() == *naive);
  }));
}

TEST_CASE("the worst outage is the one that trying them all finds") {
  CHECK(rc::check([] {
    // One run a day, so that each of them may be the last before an outage.
    const auto arrivals = nightly(*rc::gen::inRange(1, 60));
    const plan::Retention retention = any_retention();
    const days length(*rc::gen::inRange(0, 35));
    std::optional<seconds> shortest;
    std::optional<double> least;
    for (std::size_t last = 0; last < arrivals.size(); ++last) {
      const auto next = last + static_cast<std::size_t>(length.count()) + 1;
      if (next >= arrivals.size()) {
        break;
      }
      const auto before = naive_kept(arrivals, last + 1, retention);
      const auto after = naive_kept(arrivals, last + 1, retention, &arrivals[next]);
      const double part = static_cast<double>(after.size()) / static_cast<double>(before.size());
      least = std::min(least.value_or(part), part);
      shortest = std::min(shortest.value_or(seconds::max()),
                          seconds(arrivals[next].begun - after.front()));
    }
    const OutageLosses losses =
        simulate_outages(arrivals, retention, utc(), {.lengths = {length}}).front();
    RC_ASSERT(losses.fewest.has_value() == least.has_value());
    RC_ASSERT(!least || static_cast<double>(losses.fewest->after) /
                                static_cast<double>(losses.fewest->before) ==
                            *least);
    RC_ASSERT(!shortest || losses.shortest->span == *shortest);
  }));
}

TEST_CASE("rules that count never leave less than half of many points after an outage") {
  CHECK(rc::check([] {
    plan::Retention retention = any_retention();
    retention.all_for = "";
    std::size_t rules = 0;
    for (const std::int64_t count :
         {retention.last, retention.hourly, retention.daily, retention.weekly, retention.monthly}) {
      rules += count > 0 ? 1 : 0;
    }
    const auto all = simulate_outages(nightly(120), retention, utc(),
                                      {.lengths = {days(10), days(30), days(60)}});
    for (const OutageLosses& losses : all) {
      RC_ASSERT(losses.fewest->after * 2 >= losses.fewest->before ||
                losses.fewest->before < 2 * rules + 2);
    }
  }));
}

TEST_CASE("rules by the clock alone lose points in an outage, rules that count do not") {
  const plan::Retention by_clock{.name = "r", .all_for = "14d", .at_least = 3};
  const auto lost = simulate_outages(nightly(60), by_clock, utc(), {.lengths = {days(10)}}).front();
  REQUIRE(lost.fewest);
  CHECK(lost.fewest->before == 14);
  CHECK(lost.fewest->after == 4);
  CHECK(lost.fewest->next - lost.fewest->last == days(11));
  const plan::Retention counted{.name = "r", .daily = 14, .at_least = 3};
  const auto kept = simulate_outages(nightly(60), counted, utc(), {.lengths = {days(30)}}).front();
  REQUIRE(kept.fewest);
  CHECK(kept.fewest->before == kept.fewest->after);
}

TEST_CASE("history is judged from the day on which so much time has passed") {
  const plan::Retention week{.name = "r", .daily = 7, .at_least = 1};
  const StoreSimulation simulation = simulate_store(nightly(30), week, utc());
  CHECK(reach_of(simulation, days(6)).shortest.span() == days(6));
  CHECK(reach_of(simulation, days(29)).passed);
  CHECK_FALSE(reach_of(simulation, days(30)).passed);
  CHECK_FALSE(reach_of(StoreSimulation{}, days(0)).passed);
}

TEST_CASE("runs beyond the first thousands are decided once a day") {
  std::vector<Arrival> arrivals;
  for (int run = 0; run < 9'600; ++run) {
    const sys_seconds at = kStart + minutes(15) * run;
    arrivals.push_back({at, at});
  }
  const plan::Retention last{.name = "r", .last = 8, .at_least = 1};
  const StoreSimulation simulation = simulate_store(arrivals, last, utc());
  CHECK(simulation.states.size() < 5'100);
  CHECK(simulation.most_points == 8);
  CHECK(simulation.youngest_removed->age() == hours(2));
}

}  // namespace backstay::compiler::testing
