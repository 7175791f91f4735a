// Which backup of a plan, and which of its hosts is this machine.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::runtime {

/// The backup of that name, or the only one where `name` is empty. Errors: Usage.
[[nodiscard]] Result<const plan::Backup*> choose_backup(const plan::Plan& plan,
                                                        const std::string& name);

/// The host whose steps this machine runs: `asked` where it is not empty; else the only host; else
/// the one whose name `machine` bears. Errors: Usage (not a host of the backup), Refused (none
/// fits).
[[nodiscard]] Result<std::string> choose_host(const plan::Backup& backup,
                                              const std::string& asked,
                                              const std::string& machine);

/// The steps of one host, in the order of the plan.
[[nodiscard]] std::vector<plan::Step> steps_of_host(const std::vector<plan::Step>& steps,
                                                    const std::string& host);

}  // namespace backstay::runtime
