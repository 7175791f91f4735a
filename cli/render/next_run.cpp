#include "cli/render/next_run.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"
#include "lang/base/units.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {

namespace {

NextRun next_fire(const plan::Plan& plan,
                  const plan::Schedule* schedule,
                  std::chrono::system_clock::time_point now) {
  if (schedule == nullptr)
    return {.text = "only by hand: it has no schedule", .at = {}};
  const auto rule = compiler::parse_schedule_rule(schedule->rule);
  const auto zone = compiler::Zone::find(plan.zone);
  if (!rule || !zone)
    return {.text = fmt::format("unknown: `{}` cannot be read", schedule->rule), .at = {}};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  // A day early: today in the zone may be yesterday in UTC.
  const auto first = std::chrono::floor<std::chrono::days>(seconds) - std::chrono::days(1);
  const compiler::Horizon horizon{.begin = std::chrono::local_days(first.time_since_epoch()),
                                  .length = std::chrono::days(400)};
  for (const compiler::Fire& fire : compiler::find_fires(*rule, *zone, horizon)) {
    if (fire.at > seconds) {
      return {.text = fmt::format("{}, in {}", compiler::instant_text(fire.at, *zone),
                                  to_human(Duration{(fire.at - seconds).count()})),
              .at = runtime::to_rfc3339(fire.at)};
    }
  }
  return {.text = fmt::format("none in 400 days: `{}`", schedule->rule), .at = {}};
}

bool shares_service(const plan::Drill& drill, const plan::Backup& backup) {
  return std::any_of(drill.services.begin(), drill.services.end(), [&](const auto& service) {
    return std::binary_search(backup.services.begin(), backup.services.end(), service);
  });
}

}  // namespace

NextRun next_run(const plan::Plan& plan,
                 const std::string& backup,
                 std::chrono::system_clock::time_point now) {
  const plan::Backup* found = plan.backup(backup);
  return next_fire(plan, found == nullptr ? nullptr : plan.schedule(found->schedule), now);
}

NextRun next_run_of(const plan::Plan& plan,
                    const std::string& schedule,
                    std::chrono::system_clock::time_point now) {
  return next_fire(plan, plan.schedule(schedule), now);
}

NextRun next_drill_of(const plan::Plan& plan,
                      const std::string& backup,
                      std::chrono::system_clock::time_point now) {
  NextRun first;
  const plan::Backup* found = plan.backup(backup);
  for (const plan::Drill& drill : plan.drills) {
    if (found == nullptr || !shares_service(drill, *found))
      continue;
    NextRun next = next_fire(plan, plan.schedule(drill.schedule), now);
    next.text = fmt::format("{}, drill {}", next.text, drill.name);
    const bool sooner =
        first.text.empty() || (!next.at.empty() && (first.at.empty() || next.at < first.at));
    if (sooner)
      first = std::move(next);
  }
  return first;
}

}  // namespace backstay::cli
