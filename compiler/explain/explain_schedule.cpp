#include "compiler/explain/explain_schedule.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/explain/place.hpp"

namespace backstay::compiler {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::size_t kFiresShown = 6;
constexpr std::size_t kChangesShown = 8;
constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::string day_text(days since_epoch) {
  const std::chrono::year_month_day date{std::chrono::sys_days(since_epoch)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string time_text(seconds time) {
  const auto count = time.count();
  const std::string text = fmt::format("{:02}:{:02}", count / 3600, count / 60 % 60);
  return count % 60 == 0 ? text : text + fmt::format(":{:02}", count % 60);
}

std::string local_text(std::chrono::local_seconds local) {
  const auto day = std::chrono::floor<days>(local);
  return day_text(day.time_since_epoch()) + " " + time_text(local - day);
}

std::string_view weekday_of(std::chrono::local_seconds local) {
  const std::chrono::weekday day(std::chrono::floor<days>(local));
  return kWeekdays[day.iso_encoding() - 1];
}

std::string users_text(const Policy& policy,
                       const Schedule& schedule,
                       const lang::SourceSet& sources) {
  std::string text;
  for (const Backup& backup : policy.backups) {
    if (backup.schedule && policy.schedules[backup.schedule->value].name == schedule.name) {
      text += fmt::format("  runs backup {}  ({})\n", backup.name,
                          place_of(sources, backup.schedule->span));
    }
  }
  return text;
}

std::string fires_text(const std::vector<Fire>& fires,
                       const Zone& zone,
                       std::chrono::local_days from) {
  std::string text = fmt::format("\n  next fires from {}:\n", day_text(from.time_since_epoch()));
  for (std::size_t index = 0; index < std::min(fires.size(), kFiresShown); ++index) {
    const std::chrono::local_seconds local = zone.to_local(fires[index].at);
    text += fmt::format("    {} {}  {}\n", weekday_of(local), local_text(local),
                        instant_text(fires[index].at));
  }
  return fires.empty() ? text + "    none in 400 days\n" : text;
}

std::string changes_text(const std::vector<Fire>& fires, const Zone& zone) {
  std::string text;
  std::size_t count = 0;
  for (const Fire& fire : fires) {
    if (fire.kind == LocalInstant::Kind::Once || ++count > kChangesShown) {
      continue;
    }
    text +=
        fire.kind == LocalInstant::Kind::Skipped
            ? fmt::format("    {} does not exist: it fires at {}, {}\n", local_text(fire.planned),
                          local_text(zone.to_local(fire.at)), instant_text(fire.at))
            : fmt::format("    {} occurs twice: it fires the first time, {}\n",
                          local_text(fire.planned), instant_text(fire.at));
  }
  if (count > kChangesShown) {
    text += fmt::format("    and {} more\n", count - kChangesShown);
  }
  return "\n  changes of the clock in 400 days that touch it:\n" +
         (text.empty() ? std::string("    none\n") : text);
}

}  // namespace

std::string instant_text(std::chrono::sys_seconds instant) {
  const auto day = std::chrono::floor<days>(instant);
  return fmt::format("{}T{}Z", day_text(day.time_since_epoch()), time_text(instant - day));
}

Result<std::string> explain_schedule(const Policy& policy,
                                     const Schedule& schedule,
                                     std::chrono::local_days from,
                                     const lang::SourceSet& sources) {
  const auto rule = parse_schedule_rule(schedule.rule.value);
  if (!policy.zone || !rule) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("schedule `{}` cannot be worked out", schedule.name),
                 .hint = "`backstay check` says why"};
  }
  BACKSTAY_ASSIGN(const Zone zone, Zone::find(policy.zone->value));
  const std::vector<Fire> fires = find_fires(*rule, zone, {.begin = from});
  std::string text = fmt::format("schedule {}: {}  ({})\n\n  zone {}  ({})\n", schedule.name,
                                 schedule.rule.value, place_of(sources, schedule.rule.span),
                                 zone.name(), place_of(sources, policy.zone->span));
  if (schedule.window) {
    text += fmt::format("  window {}  ({})\n", to_string(schedule.window->value),
                        place_of(sources, schedule.window->span));
  }
  if (schedule.jitter) {
    text += fmt::format("  jitter {}  ({})\n", to_string(schedule.jitter->value),
                        place_of(sources, schedule.jitter->span));
  }
  return text + users_text(policy, schedule, sources) + fires_text(fires, zone, from) +
         changes_text(fires, zone);
}

}  // namespace backstay::compiler
