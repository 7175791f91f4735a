// How old the newest point may get: of all promises of a plan the one that binds a backup most.
#pragma once

#include <optional>

#include "compiler/plan/plan.hpp"
#include "lang/base/units.hpp"

namespace backstay::runtime {

/// The strictest `rpo D` that is promised to the services of a backup; nothing where none is.
[[nodiscard]] std::optional<Duration> strictest_rpo(const plan::Plan& plan,
                                                    const plan::Backup& backup);

}  // namespace backstay::runtime
