// Trees of any shape, made from a seed: odd names, modes, times, links, holes, attributes, ACLs.
#pragma once

#include <cstdint>
#include <string>

namespace backstay::runtime::testing {

/// Makes a tree at `top`, which does not exist yet. The same seed, the same tree. Needs root for
/// owners and capabilities; without it these stay away.
void make_random_tree(const std::string& top, std::uint64_t seed);

/// Changes some of what is in a tree: content, size, mode, name, kind, other names, holes; some
/// files get new content of the same size and their old modification time back.
void change_random_tree(const std::string& top, std::uint64_t seed);

}  // namespace backstay::runtime::testing
