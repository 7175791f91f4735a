// Entry by entry into a tree that stays: for trees that hold what an `except` left out, mounts, or
// names of ours. Those keep their place, inode and content; what is replaced or surplus is set
// aside.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/restore/merge_list.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/restore/set_aside.hpp"

namespace backstay::runtime {

struct Merge {
  int staged = -1;   ///< the new tree's top, complete and verified
  int live = -1;     ///< the tree's top as it lives
  std::string path;  ///< absolute path of the live tree, for the rules
  const Selector& selector;
  /// Directories of the snapshot by their path in the tree; the top is the empty path.
  std::map<std::string, const Entry*> directories = {};
  std::set<std::string> mounts = {};   ///< paths in the tree that are restored on their own
  std::set<std::string> settled = {};  ///< files in the tree that are as they shall be: not staged

  /// Walks without changing anything. What run() will do; a conflict (a file where a directory with
  /// things that are left alone lives) is Refused.
  [[nodiscard]] Result<std::vector<MergeEntry>> look() const;
  /// Does it. Nothing may have changed since look().
  [[nodiscard]] Result<void> run(SetAside& aside, RestoreNotes& notes) const;
};

}  // namespace backstay::runtime
