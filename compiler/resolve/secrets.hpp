// Secrets and keys: what opens servers, targets and seals. References only, never values.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Each by name. A declaration with mistakes still has its place, so that indices stand.
[[nodiscard]] std::vector<Secret> resolve_secrets(Context& context);
[[nodiscard]] std::vector<Key> resolve_keys(Context& context);

}  // namespace backstay::compiler
