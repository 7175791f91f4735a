// Invariants that every plan holds, checked after compiling and after reading.
#pragma once

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::plan {

/// Step ids are unique, every `after` names an earlier step of the same graph, every server and
/// target that a step names exists, no command is empty, every component is captured once, and the
/// restore graph holds the components of the backup graph in the exact reverse order; exports,
/// which are read back as services start, in any. Errors: BadInput, naming the step.
[[nodiscard]] Result<void> verify(const Plan& plan);

}  // namespace backstay::plan
