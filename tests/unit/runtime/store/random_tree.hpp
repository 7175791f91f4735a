// Trees of any shape, made from a seed: odd names, modes, times, links, holes, attributes, ACLs.
#pragma once

#include <cstdint>
#include <string>

namespace backstay::runtime::testing {

/// Makes a tree at `top`, which does not exist yet. The same seed, the same tree. Needs root for
/// owners and capabilities; without it these stay away.
void make_random_tree(const std::string& top, std::uint64_t seed);

}  // namespace backstay::runtime::testing
