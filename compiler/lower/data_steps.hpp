// The data steps of one backup: what is captured, in which order, and what must wait for what.
#pragma once

#include <string>
#include <vector>

#include "compiler/model/policy.hpp"
#include "compiler/plan/actions.hpp"

namespace backstay::compiler {

/// One step that captures data. The restore of it is made from the same.
struct DataStep {
  Index host = 0;
  std::string id;                  ///< of the backup's step: `archive.nova.etc@ctl01`
  std::string from;                ///< the declaration that asks for it
  plan::Action action;             ///< DumpMariadb, CopySqlite or ArchiveFiles
  std::vector<std::size_t> after;  ///< indices of earlier steps of the same host
};

/// A database and the service that names it.
struct OwnedDatabase {
  Index service = 0;
  const DatabaseFact* fact = nullptr;
};

/// What the data steps of all backups of a policy share, worked out once. Borrows the policy.
struct CaptureOrder {
  explicit CaptureOrder(const Policy& policy);

  std::vector<Index> services;                         ///< dependents first, then by name
  std::vector<std::vector<Index>> nearest_dependents;  ///< of each service
  std::vector<std::vector<OwnedDatabase>> databases;   ///< of each server, by service
};

/// In capture order, host by host (language.md, section 5): all databases and SQLite files, one
/// after another, then all paths; within each, dependents by `needs` first, then by name. `after`
/// holds no more than that order asks for: paths wait for the databases of their host and for the
/// paths of their dependents; the rest may run side by side.
[[nodiscard]] std::vector<DataStep> data_steps(const Policy& policy,
                                               const CaptureOrder& order,
                                               const Backup& backup);

}  // namespace backstay::compiler
