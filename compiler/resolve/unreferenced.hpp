// Declarations that nothing names.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Every declaration whose name nothing uses, parameters of the policy and own profiles included.
/// Comes after everything that refers to something.
[[nodiscard]] std::vector<Unreferenced> find_unreferenced(Context& context);

}  // namespace backstay::compiler
