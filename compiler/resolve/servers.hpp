// Database servers: `mariadb` and `postgresql`.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Both kinds in the one order of their names. A declaration with mistakes still has its place.
[[nodiscard]] std::vector<DatabaseServer> resolve_servers(Context& context);

}  // namespace backstay::compiler
