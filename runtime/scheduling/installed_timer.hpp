// The timers of a policy that stand on this machine, by what their files say themselves: also those
// of a copy or a drill that the policy had once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// What a unit, or a file of cron, is for.
struct TimerOwner {
  std::string policy;
  std::string runs;  ///< as to_string(ScheduledRun) says it: `backup app to second`

  friend bool operator==(const TimerOwner&, const TimerOwner&) = default;
};

/// Reads a text of schedule_units() or crontab_line(). None: it is not ours.
[[nodiscard]] std::optional<TimerOwner> timer_owner(std::string_view text);

struct InstalledTimer {
  std::string name;  ///< of the units, without a suffix, or of the file of cron
  std::string runs;
  bool for_all_hosts = false;      ///< its call hands the run to all hosts
  std::vector<std::string> paths;  ///< a timer before its service
};

/// All of a policy, by name. What others wrote, and what is of other policies, is not among them.
/// Errors: Io.
[[nodiscard]] Result<std::vector<InstalledTimer>> installed_timers(World& world,
                                                                   const std::string& policy);

}  // namespace backstay::runtime
