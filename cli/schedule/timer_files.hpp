// The files that make this machine run a plan by itself: units of systemd, and files of cron.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// One as it must stand there.
struct TimerFile {
  std::string path;
  std::string text;
};

/// All that may stand there for a name: timer and service, and a file of cron.
[[nodiscard]] std::vector<std::string> files_of_timer(const std::string& name);
/// The one of cron.
[[nodiscard]] std::string cron_file_of(const std::string& name);

/// Whether it stands there, byte by byte.
[[nodiscard]] bool is_there(const TimerFile& wanted, runtime::World& world);

/// Writes those that do not stand there yet, and says so. Errors: Io, NoSpace.
[[nodiscard]] Result<void> write_timer_files(Session& session,
                                             const std::vector<TimerFile>& files,
                                             runtime::World& world);

/// Has systemd read the units, and starts the timers of these names and what recovers after a
/// reboot. Errors: ToolMissing, ToolFailed, Io.
[[nodiscard]] Result<void> start_timers(const std::vector<std::string>& names,
                                        runtime::World& world);

/// Units and files of cron; a timer is stopped first. What is not there is passed over.
/// Errors: ToolFailed, Io.
[[nodiscard]] Result<void> remove_timer_files(Session& session,
                                              const std::vector<std::string>& paths,
                                              runtime::World& world);

/// Which of the files runs it: `backstay-app-app.timer`, or the path of a file of cron. Empty:
/// nobody.
[[nodiscard]] std::string scheduled_by(const std::string& name, runtime::World& world);

/// Whether what stands there runs all hosts of the plan.
[[nodiscard]] bool runs_all_from_here(const std::string& name, runtime::World& world);

}  // namespace backstay::cli
