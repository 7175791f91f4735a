// Points and drills to a restore ladder.
#pragma once

#include "cli/report/plan_calendar.hpp"
#include "cli/report/report_data.hpp"
#include "cli/report/stored_point.hpp"
#include "runtime/status/backup_status.hpp"

namespace backstay::cli {

[[nodiscard]] RestoreLadder build_ladder(const std::string& policy,
                                         const runtime::BackupStatus& status,
                                         const std::vector<StoredTarget>& targets,
                                         const PlanCalendar& calendar,
                                         std::chrono::sys_seconds now);

}  // namespace backstay::cli
