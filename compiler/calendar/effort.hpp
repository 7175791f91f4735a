// How often a rule may run at most, told from the rule alone: what proofs by enumeration will cost.
#pragma once

#include <cstddef>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/schedule_rule.hpp"

namespace backstay::compiler {

/// No fewer than find_fires() gives for the horizon, and no more than max_fires.
[[nodiscard]] std::size_t most_fires(const ScheduleRule& rule, const Horizon& horizon);

}  // namespace backstay::compiler
