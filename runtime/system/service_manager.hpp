// The units of this machine: systemd, asked through systemctl.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Whether this machine was booted with systemd (sd_booted(3): /run/systemd/system is there).
[[nodiscard]] bool systemd_runs(Filesystem& files);

/// Where the administrator's units are: /etc/systemd/system.
[[nodiscard]] std::string unit_directory();

/// A unit as systemd knows it; the words are systemd's own (systemctl(1),
/// org.freedesktop.systemd1).
struct UnitState {
  std::string unit = {};        ///< the name that was asked for
  std::string load = {};        ///< `loaded`, `not-found`, `masked` …
  std::string active = {};      ///< `active`, `inactive`, `failed`, `activating` …
  std::string sub = {};         ///< `running`, `exited` …
  std::string file_state = {};  ///< `enabled`, `disabled`, `static`, `masked` …; may be empty
  bool condition_met = true;    ///< at the last attempt to start it
  std::vector<std::string> triggered_by = {};  ///< sockets, timers and paths that start it
  std::vector<std::string> stops_too = {};  ///< what a stop of it takes along, at the first remove
  std::chrono::seconds start_timeout{0};    ///< 0: none
  std::chrono::seconds stop_timeout{0};     ///< 0: none

  /// Active, or on the way there.
  [[nodiscard]] bool is_active() const;
  [[nodiscard]] bool is_masked() const;
};

/// What `systemctl show` prints for several units, in the order in which they were asked for.
/// Errors: ToolFailed where it is not what was asked for.
[[nodiscard]] Result<std::vector<UnitState>> parse_unit_states(
    std::string_view text, const std::vector<std::string>& units);

/// Calls wait until systemd has done what they ask for, as long as the unit's own time-outs allow
/// and a little more; at most ten minutes where it has none. Borrows the runner.
class ServiceManager {
 public:
  explicit ServiceManager(CommandRunner& runner, std::stop_token stop = {})
      : runner_(runner), stop_(std::move(stop)) {}

  /// One that is not installed has `load` `not-found`. Errors: ToolMissing, ToolFailed.
  [[nodiscard]] Result<std::vector<UnitState>> states(const std::vector<std::string>& units);
  [[nodiscard]] Result<UnitState> state(const std::string& unit);
  [[nodiscard]] Result<bool> is_active(const std::string& unit);

  /// Afterwards it is not active; a stop that hangs, or something that starts it at once, is an
  /// Error. Errors: ToolMissing, ToolFailed, Timeout, Interrupted.
  [[nodiscard]] Result<void> stop(const std::string& unit);
  /// A unit that systemd passes over (a condition of it is not met) is an Error that says so.
  [[nodiscard]] Result<void> start(const std::string& unit);
  [[nodiscard]] Result<void> restart(const std::string& unit);

  /// Takes up unit files that were written or removed.
  [[nodiscard]] Result<void> reload();
  /// Starts a unit now and at every boot.
  [[nodiscard]] Result<void> enable_now(const std::string& unit);
  /// The opposite.
  [[nodiscard]] Result<void> disable_now(const std::string& unit);

  /// Whether it starts at boot, by the words of `file_state`: `enabled`, `disabled`, `masked`.
  /// Others, and what is so already, change nothing. Whether something changed.
  [[nodiscard]] Result<bool> set_file_state(const UnitState& now, const std::string& wanted);

  /// Keeps units from starting as long as `marker` exists, across reboots, by a drop-in of each
  /// (systemd.unit(5), ConditionPathExists). Those that run go on. Twice is as good as once.
  /// marker  absolute path on a file system that is mounted when units start
  [[nodiscard]] Result<void> forbid_start(Filesystem& files,
                                          const std::vector<std::string>& units,
                                          const std::string& marker);
  /// Takes those drop-ins away; where there is none, nothing happens. Starts nothing.
  [[nodiscard]] Result<void> allow_start(Filesystem& files, const std::vector<std::string>& units);

 private:
  [[nodiscard]] Result<void> ask(const std::vector<std::string>& words,
                                 std::chrono::seconds deadline);

  CommandRunner& runner_;
  std::stop_token stop_;
};

/// Whether forbid_start() holds for the unit.
[[nodiscard]] bool start_is_forbidden(Filesystem& files, const std::string& unit);

}  // namespace backstay::runtime
