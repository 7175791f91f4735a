// A directory as a target behind the interface of all drivers.
//
// A copy into a directory of the same machine is made by copy_snapshot(), which needs no upload;
// this driver is for what treats all targets alike, and it holds the interface to what is proven.
#pragma once

#include <memory>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_directory_target(
    World& world, const plan::Plan& plan, const plan::Target& target);

}  // namespace backstay::runtime
