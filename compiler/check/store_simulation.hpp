// What a target holds after each point that comes, with the code that decides what goes.
//
// From an empty store, a point for each arrival, retention applied after each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/calendar/zone.hpp"
#include "compiler/check/points.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::compiler {

/// A target after one arrival.
struct StoreState {
  std::chrono::sys_seconds newest;  ///< start of its newest point
  std::chrono::sys_seconds oldest;
  std::size_t points = 0;

  [[nodiscard]] std::chrono::seconds span() const { return newest - oldest; }
};

/// A point that went, and the one whose coming made it go.
struct Removal {
  std::chrono::sys_seconds point;
  std::chrono::sys_seconds by;

  [[nodiscard]] std::chrono::seconds age() const { return by - point; }
};

struct StoreSimulation {
  std::vector<StoreState> states = {};           ///< after each decision, in order
  std::optional<Removal> youngest_removed = {};  ///< nothing went: none
  std::size_t most_points = 0;
};

/// Up to 5,000 arrivals are decided one by one. Of more, those after are decided at the first of
/// each day, which is when a rule of days or more lets a point go.
[[nodiscard]] StoreSimulation simulate_store(const std::vector<Arrival>& arrivals,
                                             const plan::Retention& retention,
                                             const Zone& zone);

/// An outage of some length and the run that ends it, with what is left then.
struct OutageLoss {
  std::chrono::sys_seconds last;  ///< the last point before it
  std::chrono::sys_seconds next;  ///< the run that ends it
  std::size_t before = 0;         ///< points at its begin
  std::size_t after = 0;
  std::chrono::seconds span{0};  ///< that is left
};

struct OutageLosses {
  std::optional<OutageLoss> fewest;    ///< the least part of the points is left
  std::optional<OutageLoss> shortest;  ///< the shortest span is left
};

/// Which outages are tried.
struct OutageQuestion {
  std::vector<std::chrono::seconds> lengths;  ///< no run comes in that time after one, or just then
  std::chrono::seconds from{0};  ///< those that begin sooner after the first point are not tried
  std::size_t below = SIZE_MAX;  ///< nor those that find so many points or more
};

/// What the worst outage of each length leaves.
[[nodiscard]] std::vector<OutageLosses> simulate_outages(const std::vector<Arrival>& arrivals,
                                                         const plan::Retention& retention,
                                                         const Zone& zone,
                                                         const OutageQuestion& question);

/// How far the points reach back at the worst moment once `promised` has passed since the first.
struct HistoryReach {
  bool passed = false;  ///< has it passed at all?
  StoreState shortest = {};
};

[[nodiscard]] HistoryReach reach_of(const StoreSimulation& simulation,
                                    std::chrono::seconds promised);

}  // namespace backstay::compiler
