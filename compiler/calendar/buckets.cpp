#include "compiler/calendar/buckets.hpp"

namespace backstay::compiler {

plan::RetentionPeriods periods_of(std::chrono::sys_seconds instant, const Zone& zone) {
  using namespace std::chrono;
  const local_seconds local = zone.to_local(instant);
  const local_days day = floor<days>(local);
  const year_month_day date(day);
  const auto year = static_cast<std::int64_t>(static_cast<int>(date.year()));
  const auto month = static_cast<std::int64_t>(static_cast<unsigned>(date.month())) - 1;
  // 1970-01-01 was a Thursday: three days before it, a week began.
  const local_days monday_based = day + days(3);
  // The instant at which the clock showed this full hour: the second of two equal ones is later.
  const seconds into_hour = local - floor<hours>(local);
  return {.hour = (instant - into_hour).time_since_epoch().count(),
          .day = day.time_since_epoch().count(),
          .week = floor<weeks>(monday_based).time_since_epoch().count(),
          .month = year * 12 + month,
          .quarter = year * 4 + month / 3,
          .year = year};
}

}  // namespace backstay::compiler
