// Which steps of a restore graph a restore of some components takes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::runtime {

/// The steps that restore one of `components`, those of the services that own one or depend on one
/// that does, and those that stand for the whole. In the order of `steps`.
[[nodiscard]] std::vector<plan::Step> steps_in_scope(const plan::Plan& plan,
                                                     const std::vector<plan::Step>& steps,
                                                     const std::set<std::string>& components);

/// The services that own one of `components`, and all that depend on one of those.
[[nodiscard]] std::set<std::string> affected_services(const plan::Plan& plan,
                                                      const std::set<std::string>& components);

}  // namespace backstay::runtime
