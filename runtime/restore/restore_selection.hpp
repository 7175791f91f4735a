// Which entries of a snapshot belong to one top of a restore, and where each goes in the new tree.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/restore/planned_entry.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

struct RestoreSelection {
  std::uint64_t entries = 0;     ///< that the visitor got
  bool component_empty = true;   ///< the snapshot holds no entry of the component at all
  std::vector<Entry> ancestors;  ///< directories of the component above the top, outermost first
};

/// Gives the entries of one top, one after the other; their places begin with `tree`. When the
/// visitor gets the first one, `selection.ancestors` are all there.
/// top       absolute path
/// excluded  absolute paths of mounts that are restored on their own
/// Errors: those of the list and of the visitor; BadInput for a list that contradicts itself.
[[nodiscard]] Result<void> select_entries(SnapshotReader& snapshot,
                                          const std::string& component,
                                          const std::string& top,
                                          const Selector& selector,
                                          const std::set<std::string>& excluded,
                                          RestoreSelection& selection,
                                          const PlannedVisitor& visitor);

/// Whether `path` is `top` or below it; both absolute.
[[nodiscard]] bool is_at_or_below(const std::string& path, const std::string& top);

}  // namespace backstay::runtime
