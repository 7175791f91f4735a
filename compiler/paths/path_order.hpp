// Literal paths in the order of a tree walk: a node stands directly before everything below it.
//
// Plain byte order would put `/etc-old` between `/etc` and `/etc/nova`; with '/' as the lowest byte
// everything below a node is one contiguous range, which is what sorting and searching rely on.
#pragma once

#include <cstring>
#include <string_view>

namespace backstay::compiler {

/// Is `left` before `right` in tree order?
[[nodiscard]] inline bool path_less(std::string_view left, std::string_view right) {
  constexpr std::size_t kWord = 8;  // most paths of a policy begin alike
  const std::size_t common = left.size() < right.size() ? left.size() : right.size();
  std::size_t at = 0;
  while (at + kWord <= common && std::memcmp(left.data() + at, right.data() + at, kWord) == 0) {
    at += kWord;
  }
  for (; at < common; ++at) {
    if (left[at] == right[at]) {
      continue;
    }
    if (left[at] == '/' || right[at] == '/') {
      return left[at] == '/';
    }
    return static_cast<unsigned char>(left[at]) < static_cast<unsigned char>(right[at]);
  }
  return left.size() < right.size();
}

/// Is `path` the node `top` or something below it? Both normalised; the root is the empty string.
[[nodiscard]] inline bool path_contains(std::string_view top, std::string_view path) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

/// The root as this folder writes it: `/` becomes the empty string, all else stays.
[[nodiscard]] inline std::string_view without_root_slash(std::string_view path) {
  return path == "/" ? std::string_view{} : path;
}

}  // namespace backstay::compiler
