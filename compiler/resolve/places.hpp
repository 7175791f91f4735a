// Sites, hosts and groups: where everything else lives.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Each by name. A declaration with mistakes still has its place, so that indices stand.
[[nodiscard]] std::vector<Site> resolve_sites(Context& context);
[[nodiscard]] std::vector<Host> resolve_hosts(Context& context);
/// Fills Context::groups, which all facts that name a group look into.
void resolve_groups(Context& context);

}  // namespace backstay::compiler
