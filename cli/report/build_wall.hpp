// Runs and points to a coverage wall.
#pragma once

#include "cli/report/known_runs.hpp"
#include "cli/report/plan_calendar.hpp"
#include "cli/report/report_data.hpp"
#include "cli/report/stored_point.hpp"

namespace backstay::cli {

/// days  how many, today included, at least 1
[[nodiscard]] CoverageWall build_wall(const plan::Plan& plan,
                                      const plan::Backup& backup,
                                      const std::string& host,
                                      const std::vector<KnownRun>& runs,
                                      const std::vector<StoredPoint>& points,
                                      const PlanCalendar& calendar,
                                      std::chrono::sys_seconds now,
                                      int days);

}  // namespace backstay::cli
