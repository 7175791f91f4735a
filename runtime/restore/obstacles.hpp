// What stands in the way of replacing a tree that lives: files that cannot be moved, and programs
// that would go on writing into what was set aside.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"

namespace backstay::runtime {

/// Selected files and directories at or below `path` that are immutable or append-only (chattr),
/// absolute; at most `most`. Mounts below are not entered. Nothing there: none. Read-only.
[[nodiscard]] Result<std::vector<std::string>> find_immutable(const std::string& path,
                                                              const Selector& selector,
                                                              std::size_t most = 8);

struct Holder {
  std::string program;  ///< `nova-api`
  int process = 0;
  std::string path;     ///< what it holds
  bool writes = false;  ///< open for writing; else for reading, or its working directory
};

/// Other processes that hold something selected at or below one of `paths`. Those of other users
/// are seen by root only. What goes away meanwhile is left out.
[[nodiscard]] std::vector<Holder> find_holders(const std::vector<std::string>& paths,
                                               const Selector& selector);

/// `nova-api (812) writes /var/lib/nova/state.db`
[[nodiscard]] std::string describe(const Holder& holder);

/// Errors: Refused, where one of them writes.
[[nodiscard]] Result<void> refuse_writers(const std::vector<Holder>& holders);

}  // namespace backstay::runtime
