// Another machine that bears the name of this one and sends its copies to the same place.
#pragma once

#include <string>
#include <vector>

#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Copies of this backup and host among `there` that came lately and of which nothing on this
/// machine knows: a clone made them, or `source` was set back. Both histories lie there as one, so
/// it is a warning. Asks the far side for the manifests of such copies only.
void warn_of_another_machine(TargetDriver& driver,
                             const Store& source,
                             const std::vector<std::string>& there,
                             StepContext& context);

/// The same of a directory that several machines mount. Such copies are noted, so that no prune of
/// this machine takes them for its own. The caller holds the policy's lock there.
void warn_of_another_machine(const Store& target,
                             const Store& source,
                             const std::vector<std::string>& there,
                             StepContext& context);

}  // namespace backstay::runtime
