#include "compiler/calendar/timer_calendar.hpp"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/calendar/timer_line.hpp"

namespace backstay::compiler {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

std::string clock_text(minutes time) {
  return fmt::format("{:02}:{:02}:00", time.count() / 60, time.count() % 60);
}

/// One line a time of day.
std::vector<std::string> lines_at(const std::string& day,
                                  const std::vector<minutes>& times,
                                  const Zone& zone) {
  std::vector<std::string> lines;
  for (const minutes time : times) {
    lines.push_back(fmt::format("{} {} {}", day, clock_text(time), zone.name()));
  }
  return lines;
}

std::vector<std::string> lines_of(const EveryWeekday& rule, const Zone& zone) {
  const std::string names = weekday_names(rule.weekdays);
  return lines_at(names.empty() ? "*-*-*" : names + " *-*-*", rule.times, zone);
}

std::vector<std::string> lines_of(const EveryNthWeekday& rule, const Zone& zone) {
  const unsigned first = 7 * (rule.nth - 1) + 1;
  const std::string range =
      rule.nth == 0 ? "*-*~01..07" : fmt::format("*-*-{:02}..{:02}", first, first + 6);
  return lines_at(weekday_names(static_cast<std::uint8_t>(1U << (rule.weekday - 1))) + " " + range,
                  rule.times, zone);
}

std::vector<std::string> lines_of(const EveryMonthDay& rule, const Zone& zone) {
  return lines_at(fmt::format("*-*-{}", fmt::join(rule.days, ",")), rule.times, zone);
}

std::vector<std::string> lines_of(const CalendarExpression& rule, const Zone& zone) {
  std::vector<std::string> lines = timer_lines(rule);
  for (std::string& line : lines) {
    line += " " + zone.name();
  }
  return lines;
}

/// An interval counts from 00:00 UTC each day: the hours that share minute and second in one line.
std::vector<std::string> lines_of(const EveryInterval& rule, const Zone& /*zone*/) {
  if (rule.interval.seconds < 60) {
    return {"*-*-* *:*:* UTC"};
  }
  std::map<seconds, std::vector<std::int64_t>> hours;
  for (std::int64_t at = 0; at < 86'400; at += rule.interval.seconds) {
    hours[seconds(at % 3'600)].push_back(at / 3'600);
  }
  if (hours.size() > 60) {
    return {"*-*-* *:*:00 UTC"};
  }
  std::vector<std::string> lines;
  for (const auto& [offset, list] : hours) {
    lines.push_back(fmt::format("*-*-* {:02}:{:02}:{:02} UTC", fmt::join(list, ","),
                                offset.count() / 60, offset.count() % 60));
  }
  return lines;
}

Horizon around(sys_seconds now, days before, days after) {
  const auto today = std::chrono::floor<days>(now).time_since_epoch();
  return {.begin = local_days(today) - before - days(1), .length = before + after + days(3)};
}

}  // namespace

std::vector<std::string> timer_calendar(const ScheduleRule& rule,
                                        const Zone& zone,
                                        local_days from,
                                        int years) {
  auto lines = std::visit([&](const auto& form) { return lines_of(form, zone); }, rule);
  const Horizon horizon{.begin = from, .length = days(366 * years)};
  for (const Fire& fire : find_fires(rule, zone, horizon)) {
    if (fire.kind == LocalInstant::Kind::Skipped) {
      const auto day = std::chrono::floor<days>(fire.at);
      const auto time = std::chrono::duration_cast<minutes>(fire.at - day);
      lines.push_back(fmt::format("{} {} UTC", date_text(local_days(day.time_since_epoch())),
                                  clock_text(time)));
    }
  }
  return lines;
}

// Nearest days first: a year of a schedule that fires each minute is half a million fires.
std::optional<sys_seconds> last_fire(const ScheduleRule& rule, const Zone& zone, sys_seconds now) {
  for (const int reach : {1, 40, 400}) {
    std::optional<sys_seconds> last;
    for (const Fire& fire : find_fires(rule, zone, around(now, days(reach), days(0)))) {
      if (fire.at <= now) {
        last = fire.at;
      }
    }
    if (last) {
      return last;
    }
  }
  return std::nullopt;
}

std::optional<sys_seconds> next_fire(const ScheduleRule& rule, const Zone& zone, sys_seconds now) {
  for (const int reach : {1, 40, 400}) {
    for (const Fire& fire : find_fires(rule, zone, around(now, days(0), days(reach)))) {
      if (fire.at > now) {
        return fire.at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace backstay::compiler
