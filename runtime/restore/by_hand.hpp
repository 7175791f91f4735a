// What a restore leaves to its operator: it runs commands and touches units only where the plan
// that was given on the command line says the same as the one that is stored beside the data.
//
// Why: whoever can write to a store could else have commands run as root on the machine that
// restores from it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Ids of the steps of `steps` that stand in the same words in `given`. Null: none.
[[nodiscard]] std::set<std::string> approved_steps(const plan::Plan* given,
                                                   const std::string& backup,
                                                   const std::vector<plan::Step>& steps);

/// Why the step of a restore is not carried out but left; nothing where it is carried out, and in a
/// backup. An empty reason: the restore goes beside and touches no service.
[[nodiscard]] std::optional<std::string> left_to_hands(const StepContext& context);

/// The same for steps about units: they need systemd.
[[nodiscard]] std::optional<std::string> units_left_to_hands(const StepContext& context);

/// Whether all units of a service that a restore starts are active, but for those that were not
/// when it was backed up; also where it has none.
[[nodiscard]] bool service_is_up(const std::string& service, StepContext& context);

/// The same of a dry run: whether they will be, once the steps before this one are done.
[[nodiscard]] bool service_will_be_up(const std::string& service, StepContext& context);

}  // namespace backstay::runtime
