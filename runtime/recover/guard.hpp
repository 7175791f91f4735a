// What calls `backstay recover` when a run can no longer put right itself what it has done.
//
// A timer of systemd looks every few seconds whether the run still lives, and carries out what it
// left when it does not; a unit at boot does so after the machine went down. The timer is
// transient: it lives in systemd, not in us, and costs no reload of all units. The unit is a file,
// written once.
#pragma once

#include <string>
#include <vector>

#include "runtime/journal/pending_undos.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// The guard of a run on this machine. Where no systemd runs there is none: then the next run or
/// the operator recovers. Borrows `world`. Arming fails where the timer or the unit cannot be made.
[[nodiscard]] UndoGuard guard_of(World& world, const std::string& run_id);

/// Ends the timer of a run; that it is gone already is no error.
void disarm_guard(World& world, const std::string& run_id);

/// Name and text of the unit at boot, for an installation whose state lies in a directory.
/// program  absolute path of Backstay
struct BootUnit {
  std::string name;
  std::string text;
};

[[nodiscard]] BootUnit boot_unit(const Directories& directories, const std::string& program);

/// The program and the options by which another process finds the same installation: none where it
/// is the usual one, whose locks are not below its state.
[[nodiscard]] std::vector<std::string> same_installation(const Directories& directories,
                                                         const std::string& program);

/// Writes and enables it; nothing where it is so already. Errors: Io, ToolFailed.
[[nodiscard]] Result<void> install_boot_unit(World& world);

}  // namespace backstay::runtime
