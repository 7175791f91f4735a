// Who is told how a run ended.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// By name. One that does not say `on` tells of failures and recoveries.
[[nodiscard]] std::vector<Notify> resolve_notifies(Context& context);

}  // namespace backstay::compiler
