// The order of a file list: depth first, names by byte, so that what a directory holds stands right
// behind it. Everything that is merged with a walk (the memory of an earlier run) keeps to it.
#pragma once

#include <algorithm>
#include <string_view>

namespace backstay::runtime {

/// Whether a path comes before another: byte by byte, with `/` below every other byte.
[[nodiscard]] inline bool path_before(std::string_view a, std::string_view b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (x == a.end() || y == b.end())
    return x == a.end() && y != b.end();
  if (*x == '/' || *y == '/')
    return *x == '/';
  return static_cast<unsigned char>(*x) < static_cast<unsigned char>(*y);
}

/// What a path of a file list is ordered by: `.`, the top, stands before all.
[[nodiscard]] inline std::string_view list_key(std::string_view path) {
  return path == "." ? std::string_view() : path;
}

}  // namespace backstay::runtime
