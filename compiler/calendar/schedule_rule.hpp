// When a schedule runs: the rule of `schedule`, read from its canonical text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/calendar/calendar_expression.hpp"
#include "lang/base/units.hpp"

namespace backstay::compiler {

/// `every 6h`: from 00:00 UTC.
struct EveryInterval {
  Duration interval;
};

/// `every day at 02:30, 14:30`, `every mon, thu at 02:30`
struct EveryWeekday {
  std::uint8_t weekdays = 0x7F;  ///< bit 0 is Monday
  std::vector<std::chrono::minutes> times;
};

/// `every 1st sat at 10:00`, `every last sun at 10:00`
struct EveryNthWeekday {
  unsigned nth = 1;      ///< 1 … 4, or 0 for the last
  unsigned weekday = 1;  ///< ISO: 1 is Monday
  std::vector<std::chrono::minutes> times;
};

/// `every month on 1, 15 at 02:30`
struct EveryMonthDay {
  std::vector<unsigned> days;
  std::vector<std::chrono::minutes> times;
};

using ScheduleRule =
    std::variant<EveryInterval, EveryWeekday, EveryNthWeekday, EveryMonthDay, CalendarExpression>;

/// The expression in a rule `calendar "…"`; nothing for every other rule.
[[nodiscard]] std::optional<std::string> calendar_text(std::string_view rule);

/// Reads a rule. Nothing when it is none, also for a calendar expression that cannot be read: ask
/// parse_calendar why.
[[nodiscard]] std::optional<ScheduleRule> parse_schedule_rule(std::string_view text);

}  // namespace backstay::compiler
