// A plan that somebody offers this host, put in the place of the one that runs: only when it may
// run.
#pragma once

#include <string>

#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

struct PlanOffer {
  std::string into;      ///< absolute: where the plan that runs lies
  std::string approval;  ///< file; empty: none is offered, the one that lies here must hold
  std::string host;      ///< empty: the only one, or the one whose name this machine bears
};

/// Writes plan and approval to their places. Where this host asks for approvals and this one does
/// not hold, nothing is changed: what was approved before stays, and its timers go on. Errors:
/// Refused, as find_approval(); Io.
[[nodiscard]] Result<void> accept_plan(Session& session,
                                       Execution& execution,
                                       const PlanFile& file,
                                       const PlanOffer& offer);

}  // namespace backstay::cli
