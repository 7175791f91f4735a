// A backup on all hosts of a plan, by an engine.
#pragma once

#include <chrono>

#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/run_words.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// On all hosts. What is due is decided by what this machine did on all of them, and what is due
/// begins a set of its own. Errors: as of choosing the backup, and of
/// run_engine().
[[nodiscard]] Result<void> run_everywhere(Session& session,
                                          RunWords& words,
                                          const PlanFile& file,
                                          std::chrono::seconds lock_timeout,
                                          Execution& execution);

}  // namespace backstay::cli
