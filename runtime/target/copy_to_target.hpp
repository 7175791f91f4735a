// A snapshot, copied to a target beyond the directories of this machine: whole and proven, or not
// there. The one place that decides what a complete copy is, for all drivers.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

struct TargetCopyRequest {
  std::string snapshot;  ///< whole id of a complete one in `source`
  std::string policy;
  std::string host;
  std::string target;  ///< name, for the receipt
  std::string run_id;
  /// What seals what is not sealed yet; null: it is copied as it is.
  std::shared_ptr<const Sealer> sealer = {};
};

struct TargetCopyReport {
  std::uint64_t files = 0;        ///< of the copy, the two closing papers included
  std::uint64_t total_bytes = 0;  ///< of the copy
  std::uint64_t moved_bytes = 0;  ///< that crossed the border
  bool was_there = false;         ///< complete before: only proven
};

/// The caller holds the source's lock of policy and host. Every file that the far side holds is
/// compared, by a hash of what lies there, before the manifest goes up; then both closing papers
/// are fetched and compared. Only then the record `receipt` is written to `source`. What was cut
/// short is taken up where it ended; a broken file is moved once more, and if it is broken again
/// that is an Error. progress: bytes that are there, of those that were missing.
/// Errors: those of the driver; Verification, NotFound (the snapshot), BadInput.
[[nodiscard]] Result<TargetCopyReport> copy_to_target(World& world,
                                                      const Store& source,
                                                      TargetDriver& driver,
                                                      const TargetIdentity& identity,
                                                      const TargetCopyRequest& request,
                                                      const MoveProgress& progress,
                                                      const std::stop_token& stop);

/// What a receipt says.
struct Receipt {
  std::string at;  ///< RFC 3339
  std::string target;
  std::string store;  ///< UUID of the target's store
  std::string how;
  std::uint64_t files = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t moved_bytes = 0;
  std::string manifest;  ///< SHA-256 of the copy's manifest.json
};

/// The receipts of a snapshot, oldest first; what is none is left out.
[[nodiscard]] Result<std::vector<Receipt>> read_receipts(Filesystem& files,
                                                         const Store& source,
                                                         const std::string& snapshot);

}  // namespace backstay::runtime
