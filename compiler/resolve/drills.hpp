// Drills: restores that are practised.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// By name. `services` are the model's.
[[nodiscard]] std::vector<Drill> resolve_drills(Context& context,
                                                const std::vector<Service>& services);

}  // namespace backstay::compiler
