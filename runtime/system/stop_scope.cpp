#include "runtime/system/stop_scope.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

Result<void> can_start_again(const UnitState& state) {
  if (!state.is_masked()) {
    return {};
  }
  return Error{
      .kind = ErrorKind::ToolFailed,
      .message = fmt::format("{} is active and masked: once stopped it could not be "
                             "started again",
                             state.unit),
      .hint = fmt::format("unmask it, or stop it for good: systemctl unmask {}", state.unit)};
}

/// The units that a stop propagates to, remove by remove.
Result<std::vector<std::string>> find_along(ServiceManager& manager, const UnitState& top) {
  std::vector<std::string> along;
  std::set<std::string> seen = {top.unit};
  std::vector<std::string> next = top.stops_too;
  while (!next.empty()) {
    std::erase_if(next, [&](const std::string& unit) {
      return unit.ends_with(".target") || !seen.insert(unit).second;
    });
    BACKSTAY_ASSIGN(const auto states, manager.states(next));
    next.clear();
    for (const UnitState& state : states) {
      if (!state.is_active()) {
        continue;
      }
      BACKSTAY_TRY(can_start_again(state));
      along.push_back(state.unit);
      next.insert(next.end(), state.stops_too.begin(), state.stops_too.end());
    }
  }
  return along;
}

}  // namespace

std::vector<std::string> StopScope::in_starting_order(const std::string& unit) const {
  std::vector<std::string> units = triggers;
  if (active) {
    units.push_back(unit);
  }
  units.insert(units.end(), along.begin(), along.end());
  return units;
}

Result<StopScope> find_stop_scope(ServiceManager& manager, const std::string& unit) {
  BACKSTAY_ASSIGN(const auto top, manager.state(unit));
  BACKSTAY_ASSIGN(const auto triggers, manager.states(top.triggered_by));
  StopScope scope{.triggers = {}, .active = top.is_active(), .along = {}};
  for (const UnitState& trigger : triggers) {
    if (trigger.is_active()) {
      BACKSTAY_TRY(can_start_again(trigger));
      scope.triggers.push_back(trigger.unit);
    }
  }
  if (scope.active) {
    BACKSTAY_TRY(can_start_again(top));
    BACKSTAY_ASSIGN(scope.along, find_along(manager, top));
    std::erase_if(scope.along, [&](const std::string& other) {
      return std::find(scope.triggers.begin(), scope.triggers.end(), other) != scope.triggers.end();
    });
  }
  return scope;
}

}  // namespace backstay::runtime
