// The points of a target played forward: every run succeeds, every day is pruned, by the decision
// that `backstay prune` makes.
#pragma once

#include "cli/report/plan_calendar.hpp"
#include "cli/report/report_data.hpp"
#include "cli/report/stored_point.hpp"

namespace backstay::cli {

inline constexpr int kDaysAhead = 90;

[[nodiscard]] RetentionCalendar build_calendar(const plan::Plan& plan,
                                               const plan::Backup& backup,
                                               const std::string& host,
                                               const StoredTarget& target,
                                               const PlanCalendar& calendar,
                                               std::chrono::sys_seconds now);

/// `last 3, daily 7, at least 3`.
[[nodiscard]] std::string rules_text(const plan::Retention& retention);

}  // namespace backstay::cli
