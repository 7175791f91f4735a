// The data steps of one backup: what is captured, in which order, and what must wait for what.
#pragma once

#include <string>
#include <vector>

#include "compiler/lower/graph_builder.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/plan/actions.hpp"

namespace backstay::compiler {

/// One step that captures data. The restore of it is made from the same.
struct DataStep {
  Index host = 0;
  std::string id;              ///< of the backup's step: `archive.nova.etc@ctl01`
  std::string from;            ///< the declaration that asks for it
  plan::Action action;         ///< one that captures
  std::vector<Index> owners;   ///< → services, whose data it takes; sorted
  Nodes after = {};            ///< earlier data steps that it waits for
  Nodes restored_before = {};  ///< earlier data steps whose restore waits for that of this one
};

/// A database and the service that names it.
struct OwnedDatabase {
  Index service = 0;
  const DatabaseFact* fact = nullptr;
};

/// What the graphs of all backups of a policy share, worked out once. Borrows the policy.
struct CaptureOrder {
  explicit CaptureOrder(const Policy& policy);

  std::vector<Index> services;                         ///< dependents first, then by name
  std::vector<Index> starting;                         ///< what is needed first, then by name
  std::vector<std::vector<Index>> nearest_dependents;  ///< of each service
  std::vector<std::vector<Index>> nearest_needs;       ///< of each service
  std::vector<std::vector<OwnedDatabase>> databases;   ///< of each server, by service
};

/// For each service whether a backup takes its data.
[[nodiscard]] std::vector<bool> covered_services(const Policy& policy,
                                                 const std::vector<Reference>& services);

/// In capture order (language.md, section 5): all databases and SQLite files, those of one host one
/// after another, then all paths and exports; within each, dependents by `needs` first, then by
/// name, then by host. `after` holds no more than that order asks for: paths wait for the databases
/// of their host and of their service and for the paths of their dependents; the rest may run side
/// by side. An export is taken on the first host of its service.
[[nodiscard]] std::vector<DataStep> data_steps(const Policy& policy,
                                               const CaptureOrder& order,
                                               const std::vector<bool>& covered);

}  // namespace backstay::compiler
