// The store on this host into which others copy, and from which it copies on to a further target.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Where a target that others reach by ssh lies on its own host: others reach it by ssh, we by its
/// path. Errors: Refused where it is another account's; as of open_store_for_reading().
[[nodiscard]] Result<Store> open_passed_on(Filesystem& files,
                                           const plan::Target& target,
                                           const Directories& directories);

/// Who copies one backup on to a target, or prunes there: one at a time. Errors: Busy, Io.
[[nodiscard]] Result<Lock> lock_passing_on(Filesystem& files,
                                           const Directories& directories,
                                           const std::string& policy,
                                           const std::string& backup,
                                           const std::string& target,
                                           const LockHolder& holder);

}  // namespace backstay::runtime
