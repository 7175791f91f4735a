// What brings services up again after their data is back.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/host_order.hpp"

namespace backstay::compiler {

/// The step of a service on a host.
using StepOfPlace = std::map<std::pair<Index, Index>, std::size_t>;

/// The services that a restore stops and starts: those covered, and all that depend on them.
[[nodiscard]] std::vector<bool> affected_services(const GraphInput& input);

/// For each service, what it needs first: after-restore, start-units, exports read back, probes.
/// `restored`: the node of each data step; `stops`: the stop of each service on each host.
void start_services(const GraphInput& input,
                    GraphBuilder& graph,
                    const std::vector<bool>& affected,
                    const Nodes& restored,
                    const StepOfPlace& stops);

}  // namespace backstay::compiler
