// What a step of any kind is about: components, target, server. Asked by verify, by the runtime's
// schedule and by policy tests.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/actions.hpp"

namespace backstay::plan {

/// The components that a step captures or restores; empty for the others.
[[nodiscard]] std::vector<std::string> components_of(const Action& action);

/// Whether a step reads sources into the snapshot in the making.
[[nodiscard]] bool captures(const Action& action);

/// Whether a step reads an export or reads it back. The order of these in a restore is that of the
/// services' starts, not the reverse of the capture.
[[nodiscard]] bool is_export(const Action& action);

/// Names of the targets that a step reads or writes.
[[nodiscard]] std::vector<std::string> targets_of(const Action& action);

/// Names of the database servers that a step speaks to.
[[nodiscard]] std::vector<std::string> servers_of(const Action& action);

}  // namespace backstay::plan
