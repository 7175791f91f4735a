// What the timers of a plan on this machine will be: which of its runs belong here, with which
// calendar, in which files. Nothing is changed.
#pragma once

#include <string>
#include <vector>

#include "cli/plan_file.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/timer_files.hpp"
#include "cli/session.hpp"
#include "lang/base/result.hpp"
#include "runtime/scheduling/installed_timer.hpp"
#include "runtime/scheduling/schedule_units.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// A file of the policy that goes.
struct Leftover {
  std::string path;
  std::string because;
};

struct PreparedTimers {
  bool cron = false;                ///< files of cron in the place of units
  std::string path;                 ///< of the plan
  std::vector<std::string> names;   ///< of units, or of files of cron
  std::vector<TimerFile> files;     ///< those of these names
  std::vector<Leftover> leftovers;  ///< what stands here and runs nothing of the plan here
  std::vector<std::string> hosts;   ///< in the plan, whose own part has a timer here
};

/// What of a plan may have units: also a backup that has no schedule any more.
[[nodiscard]] std::vector<runtime::ScheduledRun> runs_of(const plan::Plan& plan);

/// What stands on this machine for the policy, and has no schedule in the plan any more, not even
/// elsewhere.
/// Errors: Io.
[[nodiscard]] Result<std::vector<runtime::InstalledTimer>> forgotten_timers(runtime::World& world,
                                                                            const plan::Plan& plan);

/// A backup's own run, not one of a copy or a drill.
[[nodiscard]] bool is_plain(const runtime::ScheduledRun& run);

/// Says which backups another machine's timer runs. Errors: Usage (nothing has a schedule, or
/// nothing of it belongs here), Refused (the plan or a part of it is not for timers here),
/// BadInput.
[[nodiscard]] Result<PreparedTimers> prepare_timers(Session& session,
                                                    runtime::World& world,
                                                    const PlanFile& file,
                                                    const ScheduleOptions& options);

}  // namespace backstay::cli
