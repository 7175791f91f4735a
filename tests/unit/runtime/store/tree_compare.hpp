// What a tree is, as text: every entry with its metadata and content, so that two trees can be
// compared and a difference can be read.
#pragma once

#include <map>
#include <string>

namespace backstay::runtime::testing {

/// Relative path → description: type, mode, owner, mtime in ns, size, hash, link text, attributes,
/// group of hard links, whether it has holes.
using TreeDescription = std::map<std::string, std::string>;

struct DescribeOptions {
  bool holes = false;
};

[[nodiscard]] TreeDescription describe_tree(const std::string& top, DescribeOptions options = {});

/// The lines that differ, or empty.
[[nodiscard]] std::string difference(const TreeDescription& expected,
                                     const TreeDescription& actual);

}  // namespace backstay::runtime::testing
