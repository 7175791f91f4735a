// One code point at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace backstay::lang {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes, 1 … 4
};

/// The code point at the front of `text` (not empty); nothing where the bytes are not UTF-8:
/// overlong forms, surrogates and what lies beyond U+10FFFF included.
[[nodiscard]] std::optional<CodePoint> decode_utf8(std::string_view text);

/// Control characters but newline and tab: C0, DEL, C1, U+2028, U+2029 and the byte order mark.
[[nodiscard]] bool is_control(char32_t c);
/// Bidirectional embeddings, overrides and isolates.
[[nodiscard]] bool is_direction_change(char32_t c);
/// What nobody sees and what may still move or hide the text beside it: direction marks, blanks and
/// operators without width, annotation marks, tags. Not the joiners, which scripts and emoji need.
[[nodiscard]] bool is_invisible(char32_t c);

}  // namespace backstay::lang
