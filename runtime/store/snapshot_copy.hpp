// A snapshot, copied from one store into another one: whole, proven, or not there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

struct CopyRequest {
  std::string snapshot;  ///< whole id; it has the same one in both stores
  std::string policy;
  std::string host;
  /// What seals what is not sealed yet; null: it is copied as it is. Something sealed always is.
  std::shared_ptr<const Sealer> sealer = {};
};

struct CopyReport {
  std::uint64_t copied_bytes = 0;  ///< read here and written there
  std::uint64_t linked_bytes = 0;  ///< held there already by an earlier copy
  bool was_there = false;          ///< complete before: nothing was done
  /// Files that an earlier copy there holds damaged: this copy has them anew, that one is not
  /// mended.
  std::vector<std::string> renewed = {};
};

/// The caller holds the target's lock of policy and host. Every byte is compared with SHA256SUMS on
/// its way and read back from the target's device before the snapshot becomes visible there in one
/// rename; what an earlier copy of the same policy and host holds is linked, and copied anew where
/// it turns out to be damaged there. A copy that was cut short is begun anew. `progress`: bytes
/// that are there. Errors: NotFound (the snapshot), BadInput, Verification (the source or what was
/// written is not what SHA256SUMS says), NoSpace, Io, Interrupted.
[[nodiscard]] Result<CopyReport> copy_snapshot(Filesystem& files,
                                               const Store& source,
                                               const Store& target,
                                               const CopyRequest& request,
                                               const std::function<void(std::uint64_t)>& progress,
                                               const std::stop_token& stop);

}  // namespace backstay::runtime
