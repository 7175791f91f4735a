// What a real restore does and a drill never: said in its evidence, so that nobody takes one for
// the other.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::runtime {

/// One line for each hook, stop, start, probe and import that a restore of the drilled services
/// would carry out, in its order, each once.
[[nodiscard]] std::vector<std::string> not_drilled(const plan::Plan& plan,
                                                   const plan::Drill& drill);

}  // namespace backstay::runtime
