// A service after its profile and parameters were put in, written as a policy would.
#pragma once

#include <string>

#include "compiler/model/policy.hpp"

namespace backstay::compiler::lsp {

/// Its head and facts, a line each, in the order of the reference; at most `most_lines` of them,
/// then how many more there are.
[[nodiscard]] std::string service_text(const Policy& policy,
                                       const Service& service,
                                       std::size_t most_lines);

}  // namespace backstay::compiler::lsp
