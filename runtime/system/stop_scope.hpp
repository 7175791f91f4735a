// What a stop of a unit must reach, and what it takes along.
//
// A service whose socket still listens is started again by the next client, and one with a timer by
// the clock: what triggers a unit is stopped before it. And systemd stops along what requires the
// unit, and does not start that again with it (systemd.unit(5): Requires=, BindsTo=, PartOf=).
#pragma once

#include <string>
#include <vector>

#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {

struct StopScope {
  std::vector<std::string> triggers;  ///< active sockets, timers and paths that start the unit
  bool active = false;                ///< the unit itself
  std::vector<std::string> along;     ///< other active units that stop with it, nearest first

  /// All that will be down, in the order in which it starts again: a socket refuses to start behind
  /// its service, and what requires the unit needs it.
  [[nodiscard]] std::vector<std::string> in_starting_order(const std::string& unit) const;
};

/// Looks only. Targets that a stop takes along are left out: to start one again would start all
/// that it wants. Errors: ToolFailed where something active is masked, as it could not be started
/// again; as ServiceManager::states.
[[nodiscard]] Result<StopScope> find_stop_scope(ServiceManager& manager, const std::string& unit);

}  // namespace backstay::runtime
