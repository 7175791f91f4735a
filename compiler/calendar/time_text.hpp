// Times as people read them: in findings, explanations and simulations.
#pragma once

#include <chrono>
#include <string>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/zone.hpp"
#include "lang/base/units.hpp"

namespace backstay::compiler {

/// `2027-01-31`
[[nodiscard]] std::string date_text(std::chrono::local_days day);
/// `02:30`, with seconds only where there are some.
[[nodiscard]] std::string time_text(std::chrono::seconds time_of_day);
/// `2027-01-31 02:30`
[[nodiscard]] std::string local_text(std::chrono::local_seconds local);
/// `+01:00`: how far the zone's clock is ahead at that instant.
[[nodiscard]] std::string offset_text(std::chrono::sys_seconds instant, const Zone& zone);
/// `2027-01-31 02:30 +01:00`, or `2027-01-31 02:30 UTC`.
[[nodiscard]] std::string instant_text(std::chrono::sys_seconds instant, const Zone& zone);
/// `the 400 days from 2027-01-01`
[[nodiscard]] std::string horizon_text(const Horizon& horizon);
/// Exact, in all the units that it needs: `25h 30m`, `4d 2h`; hours up to four days.
[[nodiscard]] std::string elapsed_text(Duration elapsed);

}  // namespace backstay::compiler
