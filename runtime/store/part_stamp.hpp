// Whether a stored part was touched since its bytes were compared: what lets a verification trust
// the read-back of the same run, and look again at what was changed behind its back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The inode and when it was last changed (st_ctim), which nobody can set.
struct PartStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  friend bool operator==(const PartStamp&, const PartStamp&) = default;
};

/// None where the file cannot be opened or its file system tells nothing (simulated).
[[nodiscard]] std::optional<PartStamp> stamp_of(Filesystem& files, const std::string& path);

}  // namespace backstay::runtime
