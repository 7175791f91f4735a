#include "compiler/policy_test/kept_count.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/calendar/buckets.hpp"
#include "compiler/calendar/occurrences.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::compiler {

Result<std::size_t> count_kept(const plan::Plan& plan, const plan::Backup& backup, Duration after) {
  const plan::Schedule* const schedule = plan.schedule(backup.schedule);
  const plan::Retention* const retention = plan.retention(backup.retention);
  const auto rule = schedule == nullptr ? std::nullopt : parse_schedule_rule(schedule->rule);
  if (!rule || retention == nullptr) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("backup {} runs by hand only", backup.name)};
  }
  BACKSTAY_ASSIGN(const Zone zone, Zone::find(plan.zone));
  const Horizon horizon{
      .length = std::chrono::ceil<std::chrono::days>(std::chrono::seconds(after.seconds)) +
                std::chrono::days(1)};
  const auto end = zone.to_instant(horizon.begin).at + std::chrono::seconds(after.seconds);
  std::vector<plan::RetentionPoint> points;
  for (const Fire& fire : find_fires(*rule, zone, horizon)) {
    if (fire.at > end) {
      break;
    }
    points.push_back({.id = {}, .at = fire.at, .periods = periods_of(fire.at, zone)});
    std::vector<plan::RetentionPoint> kept;
    for (const std::size_t place : plan::kept_points(points, *retention, fire.at)) {
      kept.push_back(points[place]);
    }
    points = std::move(kept);
  }
  return points.size();
}

}  // namespace backstay::compiler
