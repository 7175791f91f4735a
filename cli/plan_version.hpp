// A plan to compare: a plan file, a policy, or either of them in a revision of a git repository.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::cli {

/// `file.plan.yaml`, `policy.stay`, `REV:path` (the path relative to the current directory; imports
/// of a policy are read from the same revision). A policy's findings go to stderr. Errors: as
/// read_plan_file; BadInput for a policy with errors; ToolFailed with git's own words.
[[nodiscard]] Result<plan::Plan> read_plan_version(Session& session,
                                                   const std::string& name,
                                                   const std::vector<std::string>& settings);

}  // namespace backstay::cli
