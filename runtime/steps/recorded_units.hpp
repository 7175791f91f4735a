// Units as a backup finds them, and as a restore brings them back: enabled and active as they were.
//
// Why: a blank machine has the packages' defaults, and a machine that is repaired has what somebody
// did to it last; neither is what ran when the data was good.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/recorded_unit.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {

/// The units of what the backup covers on the step's host, and what triggers them; sorted by name.
/// One that is not installed is left out. Looks only. Errors: as ServiceManager::states.
[[nodiscard]] Result<std::vector<RecordedUnit>> look_at_units(StepContext& context);

/// Brings back the units of a service as the snapshot recorded them: in the given order, each
/// behind what triggers it. What was not active stays stopped, and stands on the restore's list; a
/// unit without a record starts if this restore stopped it. One that does not start keeps no other
/// one down. Errors: the first start that failed.
[[nodiscard]] Result<void> start_as_recorded(const std::vector<std::string>& units,
                                             StepContext& context);

/// Of the units, and of what triggers them: those that are enabled, disabled or masked now and were
/// something else when the snapshot was made, with their state of now. Errors: as
/// ServiceManager::states.
[[nodiscard]] Result<std::vector<UnitState>> changing_at_boot(const std::vector<std::string>& units,
                                                              StepContext& context);

/// Makes the units enabled, disabled or masked as recorded; starts and stops none. What cannot be
/// set stands on the restore's list.
void enable_as_recorded(const std::vector<std::string>& units, StepContext& context);

/// A dry run's lines for enable_as_recorded().
[[nodiscard]] Preview preview_at_boot(const std::vector<std::string>& units, StepContext& context);

/// A dry run's lines for start_as_recorded().
[[nodiscard]] Preview preview_as_recorded(const std::vector<std::string>& units,
                                          StepContext& context);

/// Whether the snapshot says that a unit was active; nothing where it says nothing.
[[nodiscard]] std::optional<bool> recorded_active(const StepContext& context,
                                                  const std::string& unit);

}  // namespace backstay::runtime
