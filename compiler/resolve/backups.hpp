// Backups: what each covers, when it runs, where it goes.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Each by name. `all services` is worked out here: every service but those that are excepted,
/// external or, as a whole, unprotected.
[[nodiscard]] std::vector<Backup> resolve_backups(Context& context,
                                                  const std::vector<Service>& services);

}  // namespace backstay::compiler
