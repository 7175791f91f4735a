#include "runtime/journal/stopped_units.hpp"

#include <algorithm>

#include "runtime/system/failpoint.hpp"
#include "runtime/system/stop_scope.hpp"

namespace backstay::runtime {

Undo start_again(const std::string& unit) {
  return {.kind = "start-unit", .arguments = {unit}};
}

Result<bool> StoppedUnits::stop(ServiceManager& manager, const std::string& unit) {
  BACKSTAY_ASSIGN(const StopScope scope, find_stop_scope(manager, unit));
  const auto units = scope.in_starting_order(unit);
  // Undos are carried out last first, so what starts first is noted last.
  for (auto down = units.rbegin(); down != units.rend(); ++down) {
    BACKSTAY_TRY(note(*down));
  }
  {
    const std::lock_guard lock(mutex_);
    found_[unit] = units;
    down_.insert(units.begin(), units.end());  // also where a stop fails: it may happen yet
  }
  for (const std::string& trigger : scope.triggers) {
    BACKSTAY_TRY(manager.stop(trigger));
  }
  if (scope.active) {
    BACKSTAY_TRY(manager.stop(unit));
  }
  BACKSTAY_FAILPOINT("units.stopped");
  return !units.empty();
}

Result<void> StoppedUnits::note(const std::string& unit) {
  if (after_crash_ == AfterCrash::StayDown) {
    return journal_.append({.event = JournalEvent::UnitHeld, .step = {}, .detail = unit});
  }
  BACKSTAY_TRY(undos_.add(start_again(unit)));
  return journal_.append({.event = JournalEvent::UnitStopped, .step = {}, .detail = unit});
}

Result<bool> StoppedUnits::start(ServiceManager& manager,
                                 const std::string& unit,
                                 const std::function<bool(const std::string&)>& wanted) {
  std::vector<std::string> units;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = found_.find(unit); found != found_.end()) {
      units = found->second;
    }
    std::erase_if(
        units, [&](const std::string& other) { return !down_.contains(other) || !wanted(other); });
  }
  for (const std::string& other : units) {
    BACKSTAY_TRY(start_one(manager, other));
  }
  return std::find(units.begin(), units.end(), unit) != units.end();
}

Result<void> StoppedUnits::start_one(ServiceManager& manager, const std::string& unit) {
  BACKSTAY_TRY(manager.start(unit));
  {
    const std::lock_guard lock(mutex_);
    down_.erase(unit);
  }
  BACKSTAY_TRY(undos_.done(start_again(unit)));
  return journal_.append({.event = JournalEvent::UnitStarted, .step = {}, .detail = unit});
}

}  // namespace backstay::runtime
