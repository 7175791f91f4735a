// copy-snapshot to a target that is no directory of this machine.
#pragma once

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Copies a snapshot, and before it those that earlier runs made and could not copy:
/// what is newer than the newest that is there, and what is there without a receipt.
[[nodiscard]] Result<void> copy_to_remote(const plan::CopySnapshot& action,
                                          const plan::Target& target,
                                          const std::string& id,
                                          StepContext& context);

/// What it would do: asks the far side, changes nothing there.
[[nodiscard]] Preview preview_copy_to_remote(const plan::CopySnapshot& action,
                                             const plan::Target& target,
                                             StepContext& context);

}  // namespace backstay::runtime
