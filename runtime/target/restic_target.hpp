// A restic repository as a target.
//
// Each copy is two of restic's snapshots: `part=data` with every file of ours below its own path,
// and, when that is proven, `part=manifest` with SHA256SUMS and manifest.json. A copy is there when
// both are. Tags tell them apart: backstay, policy=…, host=…, snapshot=ID, part=…. Restic itself
// finds what earlier copies hold already.
#pragma once

#include <memory>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/restic_command.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Nothing is reached yet. Errors: Credentials, where the plan names no login.
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_restic_target(World& world,
                                                                       const plan::Plan& plan,
                                                                       const plan::Target& target);
/// The same with another patience: for tests.
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_restic_target(World& world,
                                                                       const plan::Plan& plan,
                                                                       const plan::Target& target,
                                                                       ResticPatience patience);

}  // namespace backstay::runtime
