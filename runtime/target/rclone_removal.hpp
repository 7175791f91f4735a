// Removal at a remote that has no locks and no hard links (store.md, section 7): mark, wait longer
// than twice the longest run, list again, delete. A writer treats marked parts as absent: it moves
// them anew and claims them first, so that they stay.
//
// POLICY@HOST/snapshots/ID/removed-TIME   the snapshot is to go
// POLICY@HOST/marked/TIME                 parts that no snapshot needed then, a key a line
// POLICY@HOST/claimed/TIME-ID             parts that an upload needs all the same
//
// INVARIANT: a part is deleted only when it was marked before the grace began, and no manifest and
// no claim that is listed now names it, that of a marked copy which still lies there included: it
// can be had back whole. A manifest that cannot be read stops all of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/target/rclone_command.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Names below a writer; time: as to_compact_utc() writes it.
[[nodiscard]] std::string removal_mark(const std::string& snapshot, const std::string& time);
[[nodiscard]] std::string part_mark(const std::string& time);
[[nodiscard]] std::string claim_mark(const std::string& snapshot, const std::string& time);

/// The snapshots of a listing of WRITER/snapshots that have a manifest and no mark.
[[nodiscard]] std::set<std::string> complete_copies(
    const std::map<std::string, std::uint64_t>& objects);

/// Keys of the parts that are marked.
[[nodiscard]] Result<std::set<std::string>> marked_parts(Rclone& rclone,
                                                         const std::string& writer,
                                                         const std::stop_token& stop);

/// A committed snapshot names its parts itself: its claims are taken back, and what it claimed is
/// there once more. Errors: Verification, where a claimed part was removed all the same.
[[nodiscard]] Result<void> release_claims(Rclone& rclone,
                                          const std::string& writer,
                                          const std::string& snapshot,
                                          const std::set<std::string>& claims,
                                          const std::stop_token& stop);

/// Of a listing of WRITER/snapshots, those that have a manifest and a mark; the newest mark counts.
[[nodiscard]] std::vector<RemovedCopy> removed_copies(
    const std::map<std::string, std::uint64_t>& objects);

/// Takes the marks of a copy back that still lies there; false where it has none.
[[nodiscard]] Result<bool> take_marks_back(Rclone& rclone,
                                           const std::string& writer,
                                           const std::string& snapshot,
                                           const std::stop_token& stop);

struct SweptWriter {
  std::vector<std::string> gone;  ///< snapshots
  std::string unneeded;           ///< parts without a mark that nobody needs: the caller's to mark
};

/// Deletes those of `snapshots` that were marked before an instant (compact), and parts that were
/// marked before it and are needed neither by a complete copy nor by one that is marked and stays.
[[nodiscard]] Result<SweptWriter> sweep_writer(Rclone& rclone,
                                               const std::string& writer,
                                               const std::set<std::string>& snapshots,
                                               const std::string& before,
                                               const std::stop_token& stop);

}  // namespace backstay::runtime
