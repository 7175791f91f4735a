// What lives at the place of a restore now: is all of it ours to replace, and what is mounted in
// it?
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"

namespace backstay::runtime {

struct LiveTree {
  bool wholly_selected = true;  ///< nothing that an `except` left out, no name of ours, no mount
  std::vector<std::string> mounts;  ///< absolute paths of mounts below the top, outermost first
  std::uint64_t entries = 0;        ///< selected ones
  std::uint64_t left_alone = 0;     ///< nodes that are not selected, each once with all below
};

/// Read-only. directory, name  the top of the tree, which exists; path  its absolute path, for the
/// rules
[[nodiscard]] Result<LiveTree> look_at_live_tree(int directory,
                                                 const std::string& name,
                                                 const std::string& path,
                                                 const Selector& selector);

}  // namespace backstay::runtime
