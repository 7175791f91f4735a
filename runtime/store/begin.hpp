// The beginning of a snapshot: lock, space, recovery of what earlier runs left, staging directory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/archive/trust.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// What the snapshot says of its run.
struct StagingRequest {
  std::string policy;
  std::string backup;
  std::string host;  ///< the plan's name of this machine
  std::string run_id;
  std::string plan_bytes;   ///< the plan file, stored as plan.yaml
  std::string plan_digest;  ///< 64 hexadecimal digits
  /// Components in the order of a restore, for RESTORE.txt; see restore_order(). What it does not
  /// name comes last.
  std::vector<std::string> restore_order = {};
  /// What a restore is about to replace: never `latest`, never linked from, counted nowhere.
  bool keep_current = false;
  /// Whether what is stored is compressed for speed instead of size.
  bool fast = false;
  /// What is read and compared again though it looks unchanged; `today` is filled in.
  ReadAgain again = {};
  /// What seals every part before it is written; null: the target is not sealed.
  std::shared_ptr<const Sealer> sealer = {};
  /// Who hears of what belongs to no step: parts that rotted, memories that do not fit.
  std::function<void(const std::string& message)> warn = {};
};

/// The components of a backup in the order in which its restore graph brings them back.
[[nodiscard]] std::vector<std::string> restore_order(const plan::Backup& backup);

/// Makes a directory below staging/ and locks it. Errors: Busy, Io, NoSpace.
[[nodiscard]] Result<std::unique_ptr<File>> make_staging(Filesystem& files,
                                                         const std::string& path);

/// Removes what runs that died left in staging/: those whose lock it gets. Idempotent; may be
/// killed. How many were removed.
[[nodiscard]] Result<std::size_t> recover_stagings(Filesystem& files, const Store& store);

/// Recovers stale stagings, looks at free space, makes STORE/staging/RUN. The policy's lock (see
/// lock_policy) must be held by the caller as long as the staging lives.
/// Destroying a Staging that was not committed removes what it wrote.
/// Errors: NoSpace (below the floor), Io, Refused (a name that cannot be a directory's).
[[nodiscard]] Result<std::unique_ptr<Staging>> begin_staging(World& world,
                                                             const Store& store,
                                                             const StagingRequest& request);

}  // namespace backstay::runtime
