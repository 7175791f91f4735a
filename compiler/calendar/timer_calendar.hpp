// A schedule's rule as `OnCalendar=` lines of a systemd timer, and the fire that is due.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "compiler/calendar/occurrences.hpp"

namespace backstay::compiler {

/// Lines that together elapse at every fire of the rule (systemd.time(7), "CALENDAR EVENTS"). They
/// may elapse at other instants too, as around a change of the clock: who is called must ask
/// last_fire().
///
/// systemd leaves a time out that does not exist on a day; the rule fires at the end of the gap
/// then. Those instants of the `years` from `from` on are named one by one.
[[nodiscard]] std::vector<std::string> timer_calendar(const ScheduleRule& rule,
                                                      const Zone& zone,
                                                      std::chrono::local_days from,
                                                      int years = 10);

/// The last fire at or before an instant; nothing where there was none in 400 days.
[[nodiscard]] std::optional<std::chrono::sys_seconds> last_fire(const ScheduleRule& rule,
                                                                const Zone& zone,
                                                                std::chrono::sys_seconds now);

/// The next fire after an instant; nothing where there is none in 400 days.
[[nodiscard]] std::optional<std::chrono::sys_seconds> next_fire(const ScheduleRule& rule,
                                                                const Zone& zone,
                                                                std::chrono::sys_seconds now);

}  // namespace backstay::compiler
