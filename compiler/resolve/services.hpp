// Services with their profiles flattened into them.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Every service, by name. Reports what is wrong in services and in all profiles, used or not.
[[nodiscard]] std::vector<Service> resolve_services(Context& context);

}  // namespace backstay::compiler
