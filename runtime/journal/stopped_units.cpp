#include "runtime/journal/stopped_units.hpp"

#include <algorithm>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

Result<bool> StoppedUnits::stop(ServiceManager& manager, const std::string& unit) {
  BACKSTAY_ASSIGN(const bool active, manager.is_active(unit));
  if (!active) {
    return false;
  }
  BACKSTAY_TRY(
      journal_.append({.event = after_crash_ == AfterCrash::StartAgain ? JournalEvent::UnitStopped
                                                                       : JournalEvent::UnitHeld,
                       .step = {},
                       .detail = unit}));
  {
    const std::lock_guard lock(mutex_);
    stopped_.insert(unit);  // also where the stop fails: a start of what runs changes nothing
  }
  BACKSTAY_TRY(manager.stop(unit));
  BACKSTAY_FAILPOINT("units.stopped");
  return true;
}

Result<bool> StoppedUnits::start(ServiceManager& manager, const std::string& unit) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_.contains(unit)) {
      return false;
    }
  }
  BACKSTAY_TRY(manager.start(unit));
  {
    const std::lock_guard lock(mutex_);
    stopped_.erase(unit);
  }
  BACKSTAY_TRY(journal_.append({.event = JournalEvent::UnitStarted, .step = {}, .detail = unit}));
  return true;
}

std::vector<std::string> units_left_stopped(const JournalContent& crashed) {
  std::vector<std::string> units;
  for (const auto& record : crashed.records) {
    if (record.event == JournalEvent::UnitStopped) {
      units.push_back(record.detail);
    } else if (record.event == JournalEvent::UnitStarted) {
      std::erase(units, record.detail);
    }
  }
  return units;
}

}  // namespace backstay::runtime
