#include "cli/render/drill_due.hpp"

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"
#include "runtime/drill/evidence.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

using Instant = std::chrono::sys_seconds;

/// The last fire at or before `now`, looking 400 days back.
std::optional<Instant> last_fire(const plan::Schedule& schedule,
                                 const compiler::Zone& zone,
                                 Instant now) {
  const auto rule = compiler::parse_schedule_rule(schedule.rule);
  if (!rule)
    return std::nullopt;
  constexpr std::chrono::days kBack{400};
  const auto first = std::chrono::floor<std::chrono::days>(now) - kBack;
  const compiler::Horizon horizon{.begin = std::chrono::local_days(first.time_since_epoch()),
                                  .length = kBack + std::chrono::days(2)};
  std::optional<Instant> last;
  for (const compiler::Fire& fire : compiler::find_fires(*rule, zone, horizon)) {
    if (fire.at <= now)
      last = fire.at;
  }
  return last;
}

/// The directory in which the evidence of a drill is kept: of a target on another machine it is the
/// own one of a backup that is copied there.
const plan::Target* place_of_evidence(const plan::Plan& plan, const plan::Drill& drill) {
  const plan::Target* target = plan.target(drill.target);
  if (target->kind == "directory")
    return target;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Copy& copy : backup.copies) {
      if (copy.target == drill.target)
        return plan.target(backup.target);
    }
  }
  return target;
}

/// When a drill of that name succeeded last, as the store's evidence has it.
Result<std::optional<Instant>> last_success(runtime::World& world,
                                            const plan::Plan& plan,
                                            const plan::Drill& drill) {
  const plan::Target* target = place_of_evidence(plan, drill);
  BACKSTAY_ASSIGN(const auto store,
                  runtime::open_store_for_reading(world.files, target->path, world.directories));
  BACKSTAY_ASSIGN(const auto snapshots,
                  runtime::list_snapshots(world.files, store, {.policy = plan.policy}));
  std::optional<Instant> last;
  for (const auto& snapshot : snapshots) {
    const auto evidence = runtime::last_evidence(world.files, store, snapshot.id);
    if (!evidence || !evidence->drilled || evidence->drill != drill.name)
      continue;
    const auto at = runtime::from_rfc3339(evidence->started);
    if (at && (!last || *last < *at))
      last = std::chrono::floor<std::chrono::seconds>(*at);
  }
  return last;
}

}  // namespace

Result<DrillDue> drill_due(runtime::World& world,
                           const plan::Plan& plan,
                           const plan::Drill& drill) {
  const plan::Schedule* schedule = plan.schedule(drill.schedule);
  const auto zone = compiler::Zone::find(plan.zone);
  if (schedule == nullptr || !zone)
    return DrillDue{};
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock.now());
  const auto fired = last_fire(*schedule, *zone, now);
  if (!fired)
    return DrillDue{.due = false,
                    .text = fmt::format("not due: `{}` has not fired in 400 days", schedule->rule)};
  BACKSTAY_ASSIGN(const auto success, last_success(world, plan, drill));
  if (!success || *success < *fired)
    return DrillDue{};
  return DrillDue{.due = false,
                  .text = fmt::format("not due: drill {} succeeded {}, its schedule fired {}",
                                      drill.name, compiler::instant_text(*success, *zone),
                                      compiler::instant_text(*fired, *zone))};
}

}  // namespace backstay::cli
