// A backup that is this host's part in a set.
#pragma once

#include <optional>

#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/run_words.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// The part that the words ask for; nothing where that is answered: it was a call about a run, or
/// the host has its backup already. The part borrows the plan. Errors: as of choosing backup and
/// host, and of answer_part_call().
[[nodiscard]] Result<std::optional<PartPlan>> part_to_run(Session& session,
                                                          Execution& execution,
                                                          const RunWords& words,
                                                          const plan::Plan& plan);

}  // namespace backstay::cli
