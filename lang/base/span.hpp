// Where something stands in a source file.
//
// Spans are byte ranges; lines and columns are worked out only when a finding is rendered, so that
// carrying a position costs twelve bytes and no look-up.
#pragma once

#include <cstdint>

namespace backstay::lang {

/// Index of a file in a SourceSet.
using FileId = std::uint32_t;

/// Half-open byte range [begin, end) of one file. An empty range marks a position.
struct Span {
  FileId file = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
  friend auto operator<=>(const Span&, const Span&) = default;
};

/// The smallest span that holds both; both must lie in one file.
[[nodiscard]] constexpr Span join(const Span& left, const Span& right) {
  return {left.file, left.begin < right.begin ? left.begin : right.begin,
          left.end > right.end ? left.end : right.end};
}

}  // namespace backstay::lang
