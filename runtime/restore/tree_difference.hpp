// What a restore of one tree would change, or whether it has it all already: the entries of a
// snapshot against what lives.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

struct TreeDifference {
  std::uint64_t same = 0;
  std::uint64_t fresh = 0;  ///< in the snapshot only
  std::uint64_t fresh_bytes = 0;
  std::uint64_t changed = 0;  ///< other content or another kind
  std::uint64_t changed_bytes = 0;
  std::uint64_t metadata = 0;  ///< the same content, another owner, mode or time
  std::uint64_t removed = 0;   ///< live and selected, not in the snapshot
  std::uint64_t removed_bytes = 0;
  std::uint64_t unknown = 0;               ///< could not be read
  std::vector<std::string> examples = {};  ///< a few of them, with what becomes of each

  /// Nothing would change.
  [[nodiscard]] bool none() const { return fresh + changed + metadata + removed + unknown == 0; }
};

/// How files of one size are compared.
enum class CompareBy : std::uint8_t {
  Times,  ///< equal times: equal; else by hash. For a look.
  Hash,   ///< always. To go on with a restore.
};

/// top  absolute path in the snapshot; place  where it lives. Nothing at the place: all is fresh.
/// Read-only. Errors: those of the file list; Interrupted.
[[nodiscard]] Result<TreeDifference> compare_tree(SnapshotReader& snapshot,
                                                  const std::string& component,
                                                  const std::string& top,
                                                  const std::string& place,
                                                  const Selector& selector,
                                                  CompareBy by,
                                                  const std::stop_token& stop);

}  // namespace backstay::runtime
