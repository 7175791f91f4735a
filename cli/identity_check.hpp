// Identities that a plan names and that are on this machine, held against what is sealed.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/status/backup_status.hpp"

namespace backstay::cli {

/// Why the identities at hand would not open the newest points of a backup, a sentence for each
/// target; empty where all do, or none is at hand. Of a target that is not listed from here, what
/// the plan seals to counts.
[[nodiscard]] std::vector<std::string> identity_problems(const plan::Plan& plan,
                                                         const runtime::BackupStatus& status);

}  // namespace backstay::cli
