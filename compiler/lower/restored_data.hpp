// The data steps of a restore: those of the backup, turned round.
#pragma once

#include <map>

#include "compiler/lower/backup_graph.hpp"

namespace backstay::compiler {

/// Adds them behind the `first` node of each host, with the restart of each server whose
/// configuration is restored. The answer holds their nodes by data step; exports have none:
/// kNoNode.
[[nodiscard]] Nodes restore_data(const GraphInput& input,
                                 GraphBuilder& graph,
                                 const std::map<Index, std::size_t>& first);

inline constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

}  // namespace backstay::compiler
