// Invariants that every plan holds, checked after compiling and after reading.
#pragma once

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::plan {

/// Step ids are unique, every `after` names an earlier step of the same graph, every server and
/// target that a step names exists, every component is archived once, and the restore graph holds
/// the components of the backup graph in the exact reverse order.
/// Errors: BadInput, naming the step.
[[nodiscard]] Result<void> verify(const Plan& plan);

}  // namespace backstay::plan
