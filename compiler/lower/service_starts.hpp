// What brings services up again after their data is back.
#pragma once

#include <vector>

#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/host_order.hpp"
#include "compiler/lower/restored_data.hpp"

namespace backstay::compiler {

/// The services that a restore stops and starts: those covered, and all that depend on them.
[[nodiscard]] std::vector<bool> affected_services(const GraphInput& input);

/// For each service, what it needs first: after-restore, start-units, exports read back, probes.
/// `stops`: the stop of each service on each host.
void start_services(const GraphInput& input,
                    GraphBuilder& graph,
                    const std::vector<bool>& affected,
                    const RestoredSteps& restored,
                    const StepOfPlace& stops);

}  // namespace backstay::compiler
