// One random tree, there and back.
#pragma once

#include <cstdint>
#include <string>

namespace backstay::runtime::testing {

/// Backs up the tree of a seed, verifies it at level 2, restores it through our writer and by hand
/// with RESTORE.txt's commands, and compares bytes and metadata with the source, which reading must
/// not have changed. The first difference, or empty.
[[nodiscard]] std::string round_trip_of_random_tree(std::uint64_t seed);

}  // namespace backstay::runtime::testing
