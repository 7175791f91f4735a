// The calendar expressions of systemd.time(7), "CALENDAR EVENTS", as `schedule … calendar "…"`
// takes them: without a zone of their own, in whole seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace backstay::compiler {

/// `N`, `N..M`, `N/R`, `N..M/R`: matches first, first + repeat … last.
struct CalendarRange {
  int first = 0;
  int last = 0;    ///< the greatest value where none is given
  int repeat = 0;  ///< 0: `first` alone
};

/// A list of ranges; empty is `*`.
using CalendarField = std::vector<CalendarRange>;

struct CalendarExpression {
  std::uint8_t weekdays = 0x7F;  ///< bit 0 is Monday
  CalendarField years;
  CalendarField months;
  CalendarField days;
  bool days_from_end = false;  ///< `~`: 1 is the last day of the month
  CalendarField hours;
  CalendarField minutes;
  CalendarField seconds;

  /// Does it fire on this day at all?
  [[nodiscard]] bool matches(std::chrono::year_month_day day) const;
  /// Times of day at which it fires on a day that matches, rising; at most `limit`.
  [[nodiscard]] std::vector<std::chrono::seconds> times(std::size_t limit) const;
};

/// Why an expression cannot be read: one line, lower-case start.
struct CalendarProblem {
  std::string message;
};

[[nodiscard]] std::variant<CalendarExpression, CalendarProblem> parse_calendar(
    std::string_view text);

}  // namespace backstay::compiler
