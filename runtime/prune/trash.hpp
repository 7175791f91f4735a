// The trash of a store: points that a prune took away and that can still be had back by one `mv`.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The word about a point that goes, for the record `tombstone`.
struct Tombstone {
  std::string policy;
  std::string backup;
  std::string host;
  std::string target;
  std::string snapshot;
  std::vector<std::string> because;
  std::string decision;  ///< digest
  std::chrono::sys_seconds at;
};

[[nodiscard]] Tombstone tombstone_of(const PruneScope& scope,
                                     const PruneVerdict& verdict,
                                     std::chrono::sys_seconds now,
                                     const std::string& decision);

/// Its text, with the hash of the manifest that goes.
[[nodiscard]] std::string to_json(const Tombstone& tombstone, const std::string& manifest_sha256);

/// Moves a snapshot to the trash after its tombstone was written. Errors: Busy (somebody reads it,
/// or it is held), Io; the snapshot is then where it was.
[[nodiscard]] Result<void> move_to_trash(Filesystem& files,
                                         const Store& store,
                                         const Tombstone& tombstone);

/// Removes a snapshot that lies in the trash for good.
[[nodiscard]] Result<void> remove_from_trash(Filesystem& files,
                                             const Store& store,
                                             const std::string& snapshot);

/// The way back: the snapshot is listed again. Errors: NotFound (not in the trash), Io.
[[nodiscard]] Result<void> take_from_trash(Filesystem& files,
                                           const Store& store,
                                           const std::string& snapshot);

/// A tombstone's text as it was written; nothing where it is none.
[[nodiscard]] std::optional<Tombstone> parse_tombstone(const std::string& text,
                                                       const std::string& snapshot);

/// Whose point lies in the trash, and since when; nothing where no tombstone says it.
[[nodiscard]] std::optional<Tombstone> read_tombstone(Filesystem& files,
                                                      const Store& store,
                                                      const std::string& snapshot);

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
