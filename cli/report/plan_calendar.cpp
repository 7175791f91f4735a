#include "cli/report/plan_calendar.hpp"

#include <algorithm>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {

using std::chrono::local_days;
using std::chrono::sys_seconds;

Result<PlanCalendar> PlanCalendar::of(const plan::Plan& plan) {
  BACKSTAY_ASSIGN(auto zone, compiler::Zone::find(plan.zone.empty() ? "UTC" : plan.zone));
  return PlanCalendar(plan, std::move(zone));
}

std::vector<sys_seconds> PlanCalendar::fires(const std::string& schedule,
                                             sys_seconds from,
                                             sys_seconds until) const {
  std::vector<sys_seconds> found;
  const plan::Schedule* known = plan_->schedule(schedule);
  const auto rule = known == nullptr ? std::nullopt : compiler::parse_schedule_rule(known->rule);
  if (!rule || until <= from)
    return found;
  const local_days first = day_of(from) - std::chrono::days(1);
  const compiler::Horizon horizon{.begin = first,
                                  .length = day_of(until) - first + std::chrono::days(1)};
  for (const compiler::Fire& fire : compiler::find_fires(*rule, zone_, horizon)) {
    if (fire.at >= from && fire.at < until)
      found.push_back(fire.at);
  }
  return found;
}

std::chrono::seconds PlanCalendar::patience(const std::string& schedule) const {
  std::chrono::seconds patience = std::chrono::hours(1);
  const plan::Schedule* known = plan_->schedule(schedule);
  if (known == nullptr)
    return patience;
  const auto window = parse_duration(known->window);
  const auto jitter = parse_duration(known->jitter);
  if (window)
    patience = std::max(patience, std::chrono::seconds(window->seconds));
  return jitter ? patience + std::chrono::seconds(jitter->seconds) : patience;
}

local_days PlanCalendar::day_of(sys_seconds at) const {
  return std::chrono::floor<std::chrono::days>(zone_.to_local(at));
}

sys_seconds PlanCalendar::begin_of(local_days day) const {
  return zone_.to_instant(day).at;
}

Moment PlanCalendar::moment(sys_seconds at) const {
  return {.at = at,
          .text = compiler::instant_text(std::chrono::floor<std::chrono::minutes>(at), zone_)};
}

Moment PlanCalendar::moment(const std::string& rfc3339) const {
  const auto at = runtime::from_rfc3339(rfc3339);
  return at ? moment(std::chrono::floor<std::chrono::seconds>(*at)) : Moment{};
}

}  // namespace backstay::cli
