// Targets: the places that hold backups.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// By name. A declaration with mistakes still has its place, so that indices stand. The site of a
/// directory that says none is that of its host. `hosts` are the model's.
[[nodiscard]] std::vector<Target> resolve_targets(Context& context, const std::vector<Host>& hosts);

}  // namespace backstay::compiler
