// Whether a target holds what is kept in it.
#pragma once

#include "compiler/check/proof_context.hpp"

namespace backstay::compiler {

/// A target whose `capacity` is less than 2 × size + kept points × changes of all that lies there,
/// as far as it is declared.
void check_capacity(ProofContext& context);

}  // namespace backstay::compiler
