// What comes after a verified snapshot: copies, mirrors, replicas, pruning.
#pragma once

#include <map>

#include "compiler/lower/backup_graph.hpp"

namespace backstay::compiler {

/// `verified`: the node of each host behind which its snapshot is proven.
void follow_snapshot(const GraphInput& input,
                     GraphBuilder& graph,
                     const std::map<Index, std::size_t>& verified);

}  // namespace backstay::compiler
