// Sites, hosts, secrets, database servers and targets: what services and backups refer to.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Each by name. A declaration with mistakes still has its place, so that indices stand.
[[nodiscard]] std::vector<Site> resolve_sites(Context& context);
[[nodiscard]] std::vector<Host> resolve_hosts(Context& context);
[[nodiscard]] std::vector<Secret> resolve_secrets(Context& context);
[[nodiscard]] std::vector<DatabaseServer> resolve_servers(Context& context);
[[nodiscard]] std::vector<Target> resolve_targets(Context& context);

}  // namespace backstay::compiler
