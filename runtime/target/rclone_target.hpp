// Object stores and all else that rclone(1) reaches, as a target.
//
// ROOT/FORMAT                       which target it is
// ROOT/README.txt                   how to restore by hand
// ROOT/POLICY@HOST/parts/SHA256     the bytes of all that is below data/ in snapshots; written once
// ROOT/POLICY@HOST/snapshots/ID/…   the other files of a snapshot; manifest.json is written last
//
// One writer a (policy, host): nothing is shared between them. An object appears whole or not at
// all, so the manifest's PUT is the commit.
#pragma once

#include <memory>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/rclone_command.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Nothing is reached yet. Errors: Credentials, where the plan names no login.
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_rclone_target(World& world,
                                                                       const plan::Plan& plan,
                                                                       const plan::Target& target);
/// The same with another patience: for tests.
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_rclone_target(World& world,
                                                                       const plan::Plan& plan,
                                                                       const plan::Target& target,
                                                                       RclonePatience patience);

}  // namespace backstay::runtime
