#include "compiler/calendar/occurrences.hpp"

#include <algorithm>
#include <utility>

namespace backstay::compiler {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

unsigned last_day(std::chrono::year_month month) {
  return static_cast<unsigned>(
      std::chrono::year_month_day_last(month.year(), std::chrono::month_day_last(month.month()))
          .day());
}

// Does the rule fire on this day?

bool is_due(const EveryWeekday& rule, year_month_day day) {
  const unsigned weekday = std::chrono::weekday(local_days(day)).iso_encoding();
  return ((rule.weekdays >> (weekday - 1)) & 1U) != 0;
}

bool is_due(const EveryNthWeekday& rule, year_month_day day) {
  const unsigned number = static_cast<unsigned>(day.day());
  if (std::chrono::weekday(local_days(day)).iso_encoding() != rule.weekday) {
    return false;
  }
  return rule.nth == 0 ? number + 7 > last_day(day.year() / day.month())
                       : (number - 1) / 7 + 1 == rule.nth;
}

bool is_due(const EveryMonthDay& rule, year_month_day day) {
  return std::binary_search(rule.days.begin(), rule.days.end(), static_cast<unsigned>(day.day()));
}

bool is_due(const CalendarExpression& rule, year_month_day day) {
  return rule.matches(day);
}

template <typename Rule>
std::vector<seconds> times_of(const Rule& rule) {
  return {rule.times.begin(), rule.times.end()};
}

std::vector<seconds> times_of(const CalendarExpression& rule) {
  return rule.times(max_fires);
}

template <typename Rule>
std::vector<Fire> enumerate(const Rule& rule, const Zone& zone, const Horizon& horizon) {
  std::vector<Fire> fires;
  const std::vector<seconds> times = times_of(rule);
  for (local_days day = horizon.begin; day < horizon.begin + horizon.length; day += days(1)) {
    if (!is_due(rule, year_month_day(day))) {
      continue;
    }
    for (const seconds time : times) {
      if (fires.size() == max_fires) {
        return fires;
      }
      const local_seconds planned = day + time;
      const LocalInstant instant = zone.to_instant(planned);
      fires.push_back({instant.at, planned, instant.kind});
    }
  }
  return fires;
}

std::vector<Fire> enumerate(const EveryInterval& rule, const Zone& zone, const Horizon& horizon) {
  std::vector<Fire> fires;
  const seconds interval(rule.interval.seconds);
  if (interval <= seconds(0)) {
    return fires;
  }
  const std::chrono::sys_seconds begin = zone.to_instant(horizon.begin).at;
  const std::chrono::sys_seconds end = zone.to_instant(horizon.begin + horizon.length).at;
  for (auto day = std::chrono::floor<days>(begin); day < end; day += days(1)) {
    for (seconds time(0); time < days(1); time += interval) {
      const std::chrono::sys_seconds at = day + time;
      if (fires.size() == max_fires) {
        return fires;
      }
      if (at >= begin && at < end) {
        fires.push_back({at, zone.to_local(at)});
      }
    }
  }
  return fires;
}

}  // namespace

std::vector<Fire> find_fires(const ScheduleRule& rule, const Zone& zone, const Horizon& horizon) {
  std::vector<Fire> fires =
      std::visit([&](const auto& form) { return enumerate(form, zone, horizon); }, rule);
  // Skipped times first: of those that meet at one instant, the one that moved is to be seen.
  const auto order = [](const Fire& fire) {
    return std::pair(fire.at, fire.kind != LocalInstant::Kind::Skipped);
  };
  std::stable_sort(fires.begin(), fires.end(),
                   [&](const Fire& left, const Fire& right) { return order(left) < order(right); });
  const auto same = [](const Fire& left, const Fire& right) { return left.at == right.at; };
  fires.erase(std::unique(fires.begin(), fires.end(), same), fires.end());
  return fires;
}

std::vector<AbsentDay> find_absent_days(const ScheduleRule& rule, const Horizon& horizon) {
  std::vector<AbsentDay> absent;
  const auto* const monthly = std::get_if<EveryMonthDay>(&rule);
  if (monthly == nullptr) {
    return absent;
  }
  const year_month_day first(horizon.begin);
  const year_month_day last(horizon.begin + horizon.length - days(1));
  for (auto month = first.year() / first.month(); month <= last.year() / last.month();
       month += std::chrono::months(1)) {
    for (const unsigned day : monthly->days) {
      if (day > last_day(month) && day <= 31) {
        absent.push_back({month, day});
      }
    }
  }
  return absent;
}

std::optional<minutes> find_safe_time(minutes near, const Zone& zone, const Horizon& horizon) {
  constexpr minutes kDay = days(1);
  for (minutes step(30); step < kDay; step += minutes(30)) {
    const minutes time = (near + step) % kDay;
    bool is_safe = true;
    for (local_days day = horizon.begin; is_safe && day < horizon.begin + horizon.length;
         day += days(1)) {
      is_safe = zone.to_instant(day + time).kind == LocalInstant::Kind::Once;
    }
    if (is_safe) {
      return time;
    }
  }
  return std::nullopt;
}

}  // namespace backstay::compiler
