// The drivers, by kind of target.
#pragma once

#include <memory>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Whether there is a driver for targets of a kind.
[[nodiscard]] bool has_driver(std::string_view kind);

/// The driver of a target; nothing is reached yet. `world` must outlive it.
/// Errors: ToolMissing (a program, or a kind without a driver), Credentials (the login cannot be
/// read), Usage (what the target says makes no sense).
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> open_target(World& world,
                                                                const plan::Plan& plan,
                                                                const plan::Target& target);

}  // namespace backstay::runtime
