// What a store takes now, and will when its points come and go as the calendars say.
#pragma once

#include <optional>
#include <vector>

#include "cli/report/plan_calendar.hpp"
#include "cli/report/report_data.hpp"
#include "cli/report/stored_bytes.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::cli {

/// calendars  of all backups in this store; points that none of them has stay
/// free       bytes that are free where it lies; nothing: not known
[[nodiscard]] StorageGrowth build_storage(const plan::Target& target,
                                          const StoredBytes& bytes,
                                          const std::vector<const RetentionCalendar*>& calendars,
                                          std::optional<std::uint64_t> free,
                                          const PlanCalendar& calendar,
                                          std::chrono::sys_seconds now);

}  // namespace backstay::cli
