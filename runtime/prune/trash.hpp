// The trash of a store: points that a prune took away and that can still be had back by one `mv`.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Moves a snapshot to the trash after its tombstone was written. Errors: Busy (somebody reads it),
/// Io; the snapshot is then where it was.
[[nodiscard]] Result<void> move_to_trash(Filesystem& files,
                                         const Store& store,
                                         const PruneScope& scope,
                                         const PruneVerdict& verdict,
                                         const PruneFacts& facts,
                                         const std::string& digest);

struct TrashReport {
  std::vector<std::string> reclaimed;
  std::vector<std::string> left;
};

/// Removes for good what of this history has lain in the trash for longer than `grace` and is older
/// than the newest complete, verified point. What no tombstone of this history names is left.
/// dry_run  only says what would go.
[[nodiscard]] Result<TrashReport> reclaim_trash(Filesystem& files,
                                                const Store& store,
                                                const PruneScope& scope,
                                                const PruneFacts& facts,
                                                std::chrono::seconds grace,
                                                bool dry_run,
                                                const std::stop_token& stop);

}  // namespace backstay::runtime
