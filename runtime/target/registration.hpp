// Which store a target is, as this host knows it: CONFIG/targets/NAME, written by `store init`.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Writes down which store a target that is no directory is. Replaces what was there.
[[nodiscard]] Result<void> register_target(Filesystem& files,
                                           const Directories& directories,
                                           const plan::Target& target,
                                           const TargetIdentity& identity);

/// Errors: Refused where the target is not registered on this host or is another store than was
/// registered, and where the policy says that nobody or only an admin can delete there while our
/// login can.
[[nodiscard]] Result<void> check_registered(Filesystem& files,
                                            const Directories& directories,
                                            const plan::Target& target,
                                            const TargetIdentity& identity);

}  // namespace backstay::runtime
