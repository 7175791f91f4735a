// The data steps of one backup: what is captured, in which order, and what must wait for what.
#pragma once

#include <cstdint>
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

/// In capture order, host by host (language.md, section 5): all databases and SQLite files, one
/// after another, then all paths; within each, dependents by `needs` first, then by name. `after`
/// holds no more than that order asks for: paths wait for the databases of their host and for the
/// paths of their dependents; the rest may run side by side.
[[nodiscard]] std::vector<DataStep> data_steps(const Policy& policy, const Backup& backup);

}  // namespace backstay::compiler
