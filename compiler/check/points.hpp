// When the points of a schedule come to lie in a target, and how old the newest one grows.
//
// A run begins at its fire, shows the state of that moment, and is done at fire + jitter + window
// at the latest: from then on its point is available. A copy with a schedule of its own takes, at
// its fire, the newest point that is available then (language.md, section 6).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "compiler/calendar/occurrences.hpp"

namespace backstay::compiler {

/// Times that a policy states are taken for no longer than this, some ten thousand years, so that
/// no sum of them overflows.
inline constexpr std::chrono::seconds longest_time{std::chrono::days(3'650'000)};

/// A point that has come to lie in a target.
struct Arrival {
  std::chrono::sys_seconds begun;      ///< the state that it shows
  std::chrono::sys_seconds available;  ///< from when on it can be restored, at the latest

  friend bool operator==(const Arrival&, const Arrival&) = default;
};

/// The points of runs that are done `latest` after their fire.
[[nodiscard]] std::vector<Arrival> arrivals_of_runs(const std::vector<Fire>& fires,
                                                    std::chrono::seconds latest);

/// The points that the fires of a copy take, each once, done `latest` after the fire.
[[nodiscard]] std::vector<Arrival> arrivals_of_copies(const std::vector<Arrival>& runs,
                                                      const std::vector<Fire>& fires,
                                                      std::chrono::seconds latest);

/// The greatest age of what can be restored, and the two points between which it is reached.
struct WorstAge {
  std::chrono::seconds age{0};
  Arrival newest;               ///< the newest that can be restored until then
  std::optional<Arrival> next;  ///< that ends it; nothing: the end of what is looked at does
};

/// Of points in the order in which they become available, `skipped` of which in a row are missing.
/// end  nothing: what comes after the last point is not looked at
/// Nothing where there are no more points than those.
[[nodiscard]] std::optional<WorstAge> find_worst_age(const std::vector<Arrival>& points,
                                                     std::size_t skipped,
                                                     std::optional<std::chrono::sys_seconds> end);

}  // namespace backstay::compiler
