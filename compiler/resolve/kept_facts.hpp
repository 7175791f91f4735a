// What this version only reads: declarations and facts whose meaning comes with a later one.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Matches the blocks of declarations that have no place in the model, so that the mistakes in them
/// are reported, and marks every name that they, or kept facts elsewhere, use: a key that only a
/// kept `seal` names is not unused.
void match_kept_declarations(Context& context);

/// Every declaration whose name nothing uses, parameters of the policy and own profiles included.
[[nodiscard]] std::vector<Unreferenced> find_unreferenced(Context& context);

}  // namespace backstay::compiler
