// Gathers what a report shows: from the plans, the reports of this machine, the stores and their
// records. What cannot be read is said in the report and does not keep the rest from being shown.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/plan_file.hpp"
#include "cli/report/report_data.hpp"
#include "cli/session.hpp"
#include "runtime/status/backup_status.hpp"

namespace backstay::cli {

struct ReportRequest {
  std::vector<PlanFile> plans;
  runtime::StatusRequest which = {};
  int days = 84;  ///< of the walls, today included
};

/// Errors: those of assess_backups() (a backup or host that a plan does not have), the zone.
[[nodiscard]] Result<ReportData> gather_report(const Session& session,
                                               const ReportRequest& request);

}  // namespace backstay::cli
