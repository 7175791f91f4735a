// The plan as a reviewer reads it.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

struct PlanTextOptions {
  bool color = false;
  bool unicode = true;
  std::string host = {};                ///< only the steps of this host; empty: all
  std::vector<std::string> notes = {};  ///< shown at the top: what the tool at hand cannot do
};

/// What weakens protection or deletes first, then sources, targets, steps with what each needs, the
/// restore in its order, drills, promises, and one closing line that counts. Hosts that do the same
/// are shown once. Deterministic.
[[nodiscard]] std::string to_text(const Plan& plan, const PlanTextOptions& options);

/// One line for a step's action: `archive /etc/nova`, `dump 3 databases of control-db`.
[[nodiscard]] std::string describe(const Action& action);

}  // namespace backstay::plan
