// The topics of the stress program: each prints one line with its counts and the seed that replays
// it, and answers 0 when nothing was violated.
#pragma once

#include <cstdint>
#include <string>

namespace backstay::stress {

struct Options {
  std::uint64_t count = 0;
  std::uint64_t seed = 1;
};

/// Kills and power cuts at any change of a simulated disk, in random histories.
[[nodiscard]] int crash_histories(const Options& options);
/// Every call of the Filesystem border fails in turn, once or from then on.
[[nodiscard]] int errno_injections(const Options& options);
/// Damage to committed snapshots is found at level 1 or 2.
[[nodiscard]] int corruptions(const Options& options);

}  // namespace backstay::stress
