// The graph that makes a snapshot, and what follows it.
#pragma once

#include <vector>

#include "compiler/lower/data_index.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::compiler {

/// All that the graphs of one backup are made from. Borrows it.
struct GraphInput {
  const Policy& policy;
  const CaptureOrder& order;
  const Backup& backup;
  const std::vector<bool>& covered;
  const std::vector<DataStep>& data;
  const DataIndex& index;
};

/// check-sources → before-backup → stop-units where `quiesce stop`, dependents first → data →
/// start-units and after-backup, always → commit → verify → copies → mirrors, replicas → prune.
[[nodiscard]] std::vector<plan::Step> backup_graph(const GraphInput& input);

/// Whether a copy has steps of its own beside the backup's: at its own times, or through a host.
[[nodiscard]] bool has_graph_of_its_own(const CopyFact& copy);

/// The graph of such a copy.
[[nodiscard]] std::vector<plan::Step> copy_graph(const GraphInput& input, const CopyFact& copy);

/// check-snapshot → before-restore → stop-units, dependents first → keep-current → files, SQLite
/// files and databases in the reverse of their capture, a server's units restarted between its
/// configuration and its databases → for each service, what it needs first: after-restore,
/// start-units, exports, check-service → finish.
[[nodiscard]] std::vector<plan::Step> restore_graph(const GraphInput& input);

}  // namespace backstay::compiler
