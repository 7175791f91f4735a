// The instants at which a schedule runs.
//
// Proofs look at 400 days from 2027-01-01, fixed by the edition of the language, so that a plan
// does not depend on the day on which it is made (language.md, section 5.7).
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "compiler/calendar/schedule_rule.hpp"
#include "compiler/calendar/zone.hpp"

namespace backstay::compiler {

/// The days that are looked at, as days of the zone.
struct Horizon {
  std::chrono::local_days begin =
      std::chrono::local_days(std::chrono::year(2027) / std::chrono::January / 1);
  std::chrono::days length{400};
};

/// One run.
struct Fire {
  std::chrono::sys_seconds at;
  std::chrono::local_seconds planned;  ///< as the rule says it, which may not exist
  LocalInstant::Kind kind = LocalInstant::Kind::Once;
};

/// More fires than these are cut off: `every 1s` needs no proof by example.
inline constexpr std::size_t max_fires = 100'000;

/// All fires of the horizon, rising; those that fall on one instant are one. An interval that does
/// not divide a day starts anew each day.
[[nodiscard]] std::vector<Fire> find_fires(const ScheduleRule& rule,
                                           const Zone& zone,
                                           const Horizon& horizon = {});

/// Days that the rule names and that a month of the horizon does not have, in order.
struct AbsentDay {
  std::chrono::year_month month;
  unsigned day = 0;
};

[[nodiscard]] std::vector<AbsentDay> find_absent_days(const ScheduleRule& rule,
                                                      const Horizon& horizon = {});

/// The first time of day from `near` on, in steps of half an hour, that exists exactly once on
/// every day of the horizon; nothing where there is none.
[[nodiscard]] std::optional<std::chrono::minutes> find_safe_time(std::chrono::minutes near,
                                                                 const Zone& zone,
                                                                 const Horizon& horizon = {});

}  // namespace backstay::compiler
