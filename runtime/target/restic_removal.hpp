// Removal in a repository of restic's: a tag hides a copy, and what was tagged long ago is
// forgotten.
//
// A copy of ours is two snapshots of restic's, and a call of restic tags one after the other: half
// a mark is one, so that a call that was cut short leaves nothing half visible.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/target/restic_command.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// `removed=TIME`, compact.
inline constexpr const char* kRemovedTag = "removed";
/// `part=…` of the two snapshots of a copy.
inline constexpr const char* kResticData = "data";
inline constexpr const char* kResticManifest = "manifest";

/// Whether a snapshot of restic's is of a writer of ours.
[[nodiscard]] bool is_of(const ResticSnapshot& one, const CopyWriter& writer);

/// By our id, when a copy was marked last (compact). writer: none: of all.
[[nodiscard]] std::map<std::string, std::string> removal_marks(
    const std::vector<ResticSnapshot>& all, const std::optional<CopyWriter>& writer = {});

/// The marked copies of a writer.
[[nodiscard]] std::vector<RemovedCopy> removed_copies(const std::vector<ResticSnapshot>& all,
                                                      const CopyWriter& writer);

struct DueSnapshots {
  std::vector<std::string> copies;  ///< our ids
  std::vector<std::string> ids;     ///< restic's
};

/// What a sweep forgets: marked copies whose time is over, and the data of copies that were cut
/// short and that no run will go on with, since a newer one is complete.
[[nodiscard]] DueSnapshots due_snapshots(const std::vector<ResticSnapshot>& all,
                                         const Sweep& sweep);

}  // namespace backstay::runtime
