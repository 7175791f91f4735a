// In which order a plan captures and restores: decided by its arrows alone, for only what waits for
// something has an order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::compiler {

/// Every component `SERVICE.NAME` of the plan, sorted, each once.
[[nodiscard]] std::vector<std::string> component_names(const plan::Plan& plan);

/// Nothing where, in every backup and on every host that has both, `first` is captured before
/// `second`; else what is found instead.
[[nodiscard]] std::optional<std::string> capture_objection(const plan::Plan& plan,
                                                           const std::string& first,
                                                           const std::string& second);

/// The same of two services in a restore: files are compared with files, databases with databases;
/// a step that restores a part of both says nothing. Where they have nothing to compare, `needs`
/// decides, which orders the starts.
[[nodiscard]] std::optional<std::string> restore_objection(const plan::Plan& plan,
                                                           const std::string& first,
                                                           const std::string& second);

}  // namespace backstay::compiler
