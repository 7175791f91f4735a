// The units of this machine: systemd, asked through systemctl.
#pragma once

#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Whether this machine was booted with systemd (sd_booted(3): /run/systemd/system is there).
[[nodiscard]] bool systemd_runs(Filesystem& files);

/// Calls wait until systemd has done what they ask for; a stop or start that takes longer than
/// systemd's own time-outs is systemd's failure. Borrows the runner.
class ServiceManager {
 public:
  explicit ServiceManager(CommandRunner& runner, std::stop_token stop = {})
      : runner_(runner), stop_(std::move(stop)) {}

  /// Active, or on the way there. A unit that is not installed is not active. Errors: ToolMissing,
  /// ToolFailed.
  [[nodiscard]] Result<bool> is_active(const std::string& unit);

  [[nodiscard]] Result<void> stop(const std::string& unit) { return ask("stop", unit); }

  [[nodiscard]] Result<void> start(const std::string& unit) { return ask("start", unit); }

  [[nodiscard]] Result<void> restart(const std::string& unit) { return ask("restart", unit); }

 private:
  [[nodiscard]] Result<void> ask(const std::string& verb, const std::string& unit);

  CommandRunner& runner_;
  std::stop_token stop_;
};

}  // namespace backstay::runtime
