// The periods of retention rules: hours, days, ISO weeks … of a zone.
#pragma once

#include <chrono>

#include "compiler/calendar/zone.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::compiler {

/// The periods that an instant falls into, as the zone's clock shows them. The two hours that a
/// clock set back shows under one name are two.
[[nodiscard]] plan::RetentionPeriods periods_of(std::chrono::sys_seconds instant, const Zone& zone);

}  // namespace backstay::compiler
