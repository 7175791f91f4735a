// On which hosts a scheduled run has its timer.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/scheduling/schedule_units.hpp"

namespace backstay::runtime {

/// Hosts that carry it out, each its own part, sorted: of a backup all of its hosts, of a copy or a
/// drill those that have steps of it.
[[nodiscard]] std::vector<std::string> hosts_of(const plan::Plan& plan, const ScheduledRun& run);

/// Hosts of anything that has a schedule, sorted.
[[nodiscard]] std::vector<std::string> hosts_with_timers(const plan::Plan& plan);

}  // namespace backstay::runtime
