// The systemd units that run a plan's backups: a hardened service and a timer each, as text.
//
// The timer only wakes: whether a run is due is decided by `run --if-due`, with the calendar that
// the policy was checked with. Units name the plan file and never policy source.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::runtime {

/// What one pair of units is for.
struct ScheduledRun {
  std::string plan_path;  ///< absolute
  std::string backup;
  std::string host;
  std::vector<std::string> calendar;  ///< `OnCalendar=` lines
  /// More words of a run on all hosts by Ansible, `--engine` first; empty: this host's part alone.
  std::vector<std::string> engine = {};
};

struct ScheduleUnits {
  std::string name;  ///< `backstay-POLICY-BACKUP`, without a suffix
  std::string service;
  std::string timer;
};

/// Text by text the same for the same plan, program and directories.
/// program  absolute path of Backstay
[[nodiscard]] ScheduleUnits schedule_units(const plan::Plan& plan,
                                           const ScheduledRun& run,
                                           const Directories& directories,
                                           const std::string& program);

/// The line of a crontab in /etc/cron.d for where no systemd runs: it wakes every five minutes, as
/// cron knows neither zones nor missed runs.
[[nodiscard]] std::string crontab_line(const ScheduledRun& run,
                                       const Directories& directories,
                                       const std::string& program);

/// Name of the units, or of the file in /etc/cron.d.
[[nodiscard]] std::string schedule_name(const plan::Plan& plan, const std::string& backup);

/// The plan file must be as safe as a program: whoever can change it has commands run as root.
/// Errors: Refused, naming what others than root can write.
[[nodiscard]] Result<void> check_plan_place(const std::string& path);

}  // namespace backstay::runtime
