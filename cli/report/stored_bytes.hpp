// How many bytes the points of a store take: each file once, however many snapshots bear it.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

/// Bytes by the first and the last snapshot that bear them. Parts are linked from one snapshot to
/// the next only, so one that has two of them has what is between.
struct StoredBytes {
  struct Snapshot {
    std::string id;
    std::chrono::sys_seconds at;
  };

  std::vector<Snapshot> snapshots = {};  ///< oldest first
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> bytes = {};

  /// Of those that are borne by one of `alive`, which has an entry for each snapshot.
  [[nodiscard]] std::uint64_t used(const std::vector<bool>& alive) const;
  /// What each snapshot was the first to bear.
  [[nodiscard]] std::vector<std::uint64_t> first_borne() const;
};

/// Looks at every file of every snapshot, by its status alone. Errors: Io.
[[nodiscard]] Result<StoredBytes> count_stored_bytes(runtime::Filesystem& files,
                                                     const runtime::Store& store);

}  // namespace backstay::cli
