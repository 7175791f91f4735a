// Is a backup safe? What its store, its records and the last runs say, against what is promised.
//
// The store is asked, not a database of ours: a green line here means that points are there now.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/status/drill_status.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What of a backup is at a further target.
struct CopyStatus {
  std::string target;
  std::size_t points = 0;                      ///< complete ones
  std::optional<SnapshotSummary> newest = {};  ///< complete
  std::string unknown = {};                    ///< not empty: why it cannot be told from here
  std::vector<std::string> not_intact = {};    ///< complete ones whose verification found damage
};

/// One backup on one host, in its main target.
struct BackupStatus {
  std::string backup;
  std::string host;
  std::string target;
  std::string place;                              ///< directory of the target
  std::optional<SnapshotSummary> newest;          ///< complete
  std::optional<SnapshotSummary> newest_partial;  ///< where no complete one is newer
  std::string oldest;                             ///< started; RFC 3339; empty: none
  std::size_t points = 0;                         ///< complete ones
  std::size_t partial = 0;
  std::size_t damaged = 0;              ///< whose manifest cannot be read
  std::vector<std::string> not_intact;  ///< complete ones whose verification found damage
  Duration age = {};                    ///< of the newest one's start; 0 without one
  std::optional<Duration> promised;     ///< the strictest `rpo` of the services in it
  std::optional<Verification> proof;    ///< what stands of the newest one
  std::vector<CopyStatus> copies;       ///< at its further targets
  DrillStatus drills;                   ///< from all its targets
  std::optional<PastRun> last_run;      ///< on this machine
  std::optional<PastRun> last_restore;
  std::map<std::string, PastRun> last_copies = {};  ///< with a schedule of their own, by target
  std::vector<std::string> problems;                ///< empty: safe

  [[nodiscard]] bool safe() const { return problems.empty(); }

  /// Of the newest point: `stored`, `verified` or `drilled`; empty without one.
  [[nodiscard]] std::string newest_state() const;
};

/// What is asked.
struct StatusRequest {
  std::string backup = {};  ///< empty: all
  std::string host = {};    ///< empty: all hosts of each backup
};

/// The status of every backup and host of a plan. A store that cannot be read is a problem of its
/// line, not an error. Errors: Usage (a backup or host that the plan does not have).
[[nodiscard]] Result<std::vector<BackupStatus>> assess_backups(
    Filesystem& files,
    const Directories& directories,
    const plan::Plan& plan,
    const StatusRequest& request,
    std::chrono::system_clock::time_point now);

}  // namespace backstay::runtime
