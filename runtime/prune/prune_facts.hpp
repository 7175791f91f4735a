// What a prune knows of a store before it decides.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/prune/prune_decision.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

/// The kinds of records that a prune reads and writes.
inline constexpr const char* kTombstoneRecord = "tombstone";
inline constexpr const char* kHoldRecord = "hold";
inline constexpr const char* kReceiptRecord = "receipt";  ///< of a copy, in the store it went to

/// One prune: of which points.
struct PruneScope {
  const plan::Plan& plan;
  const plan::Backup& backup;
  const plan::Target& target;
  std::string host;
  std::string retention;  ///< name in the plan
  std::string state =
      {};  ///< state directory: what of verifications could not be kept in the store
  const plan::Target* passed_on = nullptr;  ///< where copies go on `through` this machine: the
                                            ///< target from which, whose store lies here
};

/// Reads points, verifications, drills, holds and copies. Errors: Refused where a manifest cannot
/// be read: what it stands for is not known, so nothing goes; Io.
[[nodiscard]] Result<PruneFacts> read_prune_facts(Filesystem& files,
                                                  Clock& clock,
                                                  const Store& store,
                                                  const PruneScope& scope);

/// The copies at a target that is no directory of this machine, as a mirror of it shows them.
struct RemoteCopies {
  Filesystem& files;  ///< the mirror
  const Store& store;
  /// Which store it is: a receipt of another one proves nothing.
  std::string uuid;
  const Store* drills = nullptr;  ///< whose records tell of drills, where not those of `main`
};

/// The same of a remote target: points are what lies there; what proves, holds and drilled them
/// stands in the records of `main`, the store that was copied.
[[nodiscard]] Result<PruneFacts> read_remote_facts(Filesystem& files,
                                                   Clock& clock,
                                                   const Store& main,
                                                   const RemoteCopies& there,
                                                   const PruneScope& scope);

/// The newest complete snapshot whose last verification was a good one, or of which every byte was
/// read back when it was copied into this store. Errors: NotFound, Io.
/// state  the state directory, for verifications by hand
[[nodiscard]] Result<std::string> newest_verified(Filesystem& files,
                                                  const Store& store,
                                                  const SnapshotFilter& filter,
                                                  const std::string& state);

/// What a restore of this machine kept first stays until a week after it was committed or undone.
void hold_for_restores(Filesystem& files, const std::string& state_directory, PruneFacts& facts);

}  // namespace backstay::runtime
