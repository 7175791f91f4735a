// A tree that was extracted beside its place into it: made where nothing is, exchanged where all
// that lives there is ours to replace, else merged entry by entry. Each change is noted before it
// is made.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/leftovers.hpp"
#include "runtime/restore/live_tree.hpp"
#include "runtime/restore/place_files.hpp"
#include "runtime/restore/planned_entry.hpp"

namespace backstay::runtime {

/// The place of one top, looked at once and then used by descriptors only.
struct TreePlace {
  std::string path;  ///< absolute
  std::string parent_path;
  std::string name;
  Descriptor parent;
  std::optional<struct stat> status;
  bool mount = false;  ///< a mount (or `/`): it cannot be exchanged, work goes on inside it

  [[nodiscard]] bool directory() const { return status && S_ISDIR(status->st_mode); }
};

/// One placing; borrows all.
struct Placing {
  const PlaceRequest& request;
  const Selector& selector;
  ChangeLog* changes;  ///< null: none is kept
  const std::function<Result<void>(const std::string& staged, const std::string& place)>& approve;
  RestoreNotes& notes;
  PlaceOutcome& outcome;
};

/// What is placed.
struct ExtractedTree {
  WorkDirectory& work;                           ///< holds it, whole and verified, as kNewTree
  int base = -1;                                 ///< directory that holds the work directory
  bool of_directory = false;                     ///< its top is one
  const std::vector<PlannedEntry>& directories;  ///< all of them; places begin with `tree`
  std::set<std::string> settled = {};  ///< paths in the tree: live as they shall be, not extracted
};

/// Errors: Refused (something that is left alone is in the way), Io. After an error the place is as
/// it was, or, in a merge, every object is either the old or the new one and the old ones are kept.
[[nodiscard]] Result<void> place_tree(const Placing& placing,
                                      const TreePlace& place,
                                      const LiveTree& live,
                                      ExtractedTree tree);

/// Whether a tree that lives is exchanged whole.
[[nodiscard]] bool exchanged_whole(const TreePlace& place, const LiveTree& live);

}  // namespace backstay::runtime
