// What a policy promises: its `require` declarations.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

[[nodiscard]] std::vector<Requirement> resolve_requirements(Context& context,
                                                            const std::vector<Service>& services);

}  // namespace backstay::compiler
