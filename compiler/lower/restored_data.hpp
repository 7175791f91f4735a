// The data steps of a restore: those of the backup, turned round.
#pragma once

#include <map>

#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/host_order.hpp"

namespace backstay::compiler {

inline constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

struct RestoredSteps {
  Nodes nodes;                ///< by data step; exports have none: kNoNode
  StepOfPlace restarts = {};  ///< of a server, by each service that brings its configuration
};

/// Adds them behind the `first` node of each host, with the restart of each server whose
/// configuration is restored.
[[nodiscard]] RestoredSteps restore_data(const GraphInput& input,
                                         GraphBuilder& graph,
                                         const std::map<Index, std::size_t>& first);

}  // namespace backstay::compiler
