// The two orders of services that `needs` gives.
#pragma once

#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// What is needed first; among those that could be next, by name. For starting.
[[nodiscard]] std::vector<Index> starting_order(const std::vector<Service>& services);

/// Dependents first; among those that could be next, by name. For capturing: what refers is
/// captured before what it refers to (language.md, section 5).
[[nodiscard]] std::vector<Index> capture_order(const std::vector<Service>& services);

/// For each service those that need it, by name.
[[nodiscard]] std::vector<std::vector<Index>> dependents_of(const std::vector<Service>& services);

/// The same without those that need another one of them: who waits for that one waits for them,
/// too.
[[nodiscard]] std::vector<std::vector<Index>> nearest_dependents_of(
    const std::vector<Service>& services);

}  // namespace backstay::compiler
