// A run to a chart, with its critical path.
#pragma once

#include "cli/report/known_runs.hpp"
#include "cli/report/plan_calendar.hpp"
#include "cli/report/report_data.hpp"

namespace backstay::cli {

/// steps  of the plan, which say who asked for a step, and its order where the run did not record
/// it
[[nodiscard]] RunChart build_run(const KnownRun& run,
                                 const std::vector<plan::Step>& steps,
                                 const PlanCalendar& calendar);

}  // namespace backstay::cli
