// A calendar expression as systemd 252 elapses it without a loss.
#pragma once

#include <string>
#include <vector>

#include "compiler/calendar/calendar_expression.hpp"

namespace backstay::compiler {

/// The expression with the values of each repetition written out: `*-*-14/16` is `*-*-14,30 …`.
///
/// Why: systemd 252 takes the 46th of December for a day of January that is reached, and leaves the
/// 14th of January out. With a list it does not. Years keep theirs, for nothing is above them.
/// Several lines where days count from the month's end: it refuses some lists of those.
[[nodiscard]] std::vector<std::string> timer_lines(const CalendarExpression& expression);

/// `Mon,Tue`; empty for all seven. bit 0 is Monday
[[nodiscard]] std::string weekday_names(std::uint8_t weekdays);

}  // namespace backstay::compiler
