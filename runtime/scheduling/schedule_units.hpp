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

/// What one pair of units is for: a backup, a copy of it with a schedule of its own, or a drill.
struct ScheduledRun {
  std::string plan_path;   ///< absolute
  std::string backup;      ///< of a drill the backup that it reads
  std::string copy = {};   ///< target; empty: none
  std::string drill = {};  ///< name; empty: none
  std::string schedule;    ///< name in the plan
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

/// Where files of cron stand.
inline constexpr const char* kCronDirectory = "/etc/cron.d";

/// The text of a file in /etc/cron.d for where no systemd runs: its line wakes every five minutes,
/// as cron knows neither zones nor missed runs.
[[nodiscard]] std::string crontab_line(const plan::Plan& plan,
                                       const ScheduledRun& run,
                                       const Directories& directories,
                                       const std::string& program);

/// Name of the units, or of the file in /etc/cron.d.
[[nodiscard]] std::string schedule_name(const plan::Plan& plan, const ScheduledRun& run);

/// All that a plan has a schedule for, without hosts, paths and calendars: backups, then their
/// copies, then drills.
[[nodiscard]] std::vector<ScheduledRun> scheduled_runs(const plan::Plan& plan);

/// `app`, `app to offsite`, `drill practice`: for people.
[[nodiscard]] std::string to_string(const ScheduledRun& run);

/// The plan file must be as safe as a program: whoever can change it has commands run as root.
/// Errors: Refused, naming what others than root can write.
[[nodiscard]] Result<void> check_plan_place(const std::string& path);

}  // namespace backstay::runtime
