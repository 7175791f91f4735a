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

/// What weakens protection or deletes and the commands that run first, then sources, targets, keys,
/// servers, secrets, who is told, steps with what each needs, the restore in its order, drills,
/// promises, and one closing line that counts. Hosts that do the same are shown once.
/// Deterministic.
[[nodiscard]] std::string to_text(const Plan& plan, const PlanTextOptions& options);

/// One line for a step's action: `archive /etc/nova`, `dump 3 databases of control-db`.
[[nodiscard]] std::string describe(const Action& action);

/// The words of a command with blanks between them; a word that is empty or holds a blank, a quote
/// or a backslash stands in quotes, so that no two commands look alike.
[[nodiscard]] std::string command_text(const std::vector<std::string>& command);

}  // namespace backstay::plan
