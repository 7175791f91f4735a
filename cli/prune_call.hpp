// One prune as the program makes it: by the zone of the plan, and noted in the catalogue. By hand
// (`prune`) and behind a scheduled run.
#pragma once

#include <string>
#include <vector>

#include "cli/execution.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/prune/prune.hpp"

namespace backstay::cli {

/// Decides, and carries it out unless it is a dry run or refused (then the report says so, and
/// nothing was removed). Errors: Usage (a zone that is not known here), and as runtime::prune.
[[nodiscard]] Result<runtime::PruneReport> call_prune(Execution& execution,
                                                      const plan::Plan& plan,
                                                      const runtime::PruneRequest& request);

/// Why a report was refused, as errors of exit 8.
void show_refusal(Session& session, const runtime::PruneReport& report);

/// What a run that is proven is followed by: every target that its steps name as one to be pruned
/// by this host, the main one last. Says a line a target; a refusal is an error of exit 8, and does
/// not keep the others from it.
/// steps  those that ran: of the backup, or of the copy with a schedule of its own
void prune_behind_run(Session& session,
                      Execution& execution,
                      const plan::Plan& plan,
                      const plan::Backup& backup,
                      const std::vector<plan::Step>& steps,
                      const std::string& host);

}  // namespace backstay::cli
