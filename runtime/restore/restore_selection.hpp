// Which entries of a snapshot belong to one top of a restore, and where each goes in the new tree.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/restore/tree_writer.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

struct RestoreSelection {
  std::vector<PlannedEntry> entries;  ///< places begin with `tree`
  std::vector<Entry> ancestors;  ///< directories of the component above the top, outermost first
  bool component_empty = true;   ///< the snapshot holds no entry of the component at all
  std::set<std::string>
      directories;  ///< paths of the directories among the entries, relative to `/`
};

/// top       absolute path
/// excluded  absolute paths of mounts that are restored on their own
/// Errors: those of the list; BadInput for a list that contradicts itself.
[[nodiscard]] Result<RestoreSelection> select_entries(SnapshotReader& snapshot,
                                                      const std::string& component,
                                                      const std::string& top,
                                                      const Selector& selector,
                                                      const std::set<std::string>& excluded);

/// Whether `path` is `top` or below it; both absolute.
[[nodiscard]] bool is_at_or_below(const std::string& path, const std::string& top);

}  // namespace backstay::runtime
