// Prune at a target that is no directory of this machine: the same decision over what lies there,
// carried out through its driver.
//
// What proves a copy, what holds a point and what was drilled stands in the store that was copied:
// its records say which of the copies there may go. Where that store was lost, nothing is proven
// and nothing goes.
#pragma once

#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/prune/prune.hpp"
#include "runtime/prune/prune_facts.hpp"

namespace backstay::runtime {

/// As prune(), for a scope whose target is no directory. Errors: also those of the driver; Refused
/// where our login may not delete there.
[[nodiscard]] Result<PruneReport> prune_remote(World& world,
                                               const PruneScope& scope,
                                               const PruneRequest& request,
                                               const PeriodsOf& periods,
                                               const std::stop_token& stop);

/// Takes a copy back that was marked as removed and still lies there.
[[nodiscard]] Result<void> bring_back_remote(World& world,
                                             const PruneScope& scope,
                                             const std::string& snapshot,
                                             const std::stop_token& stop);

}  // namespace backstay::runtime
