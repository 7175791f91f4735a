// Comments, kept beside the tree and keyed by byte offset, so that the formatter can put each one
// back and documentation can be found.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lang/base/source.hpp"

namespace backstay::lang {

struct Comment {
  Span span;                   ///< from `#` to before the newline
  bool own_line = false;       ///< nothing but blanks before it on its line
  bool documentation = false;  ///< begins with `##`
};

/// Offset of the `#` → the comment. Writing is idempotent, so a parser that backtracks cannot
/// duplicate one.
using Comments = std::map<std::uint32_t, Comment>;

/// The `##` lines directly above `offset`'s line, without their marks, joined by newlines.
[[nodiscard]] std::string documentation_above(const Comments& comments,
                                              const SourceFile& file,
                                              std::uint32_t offset);

}  // namespace backstay::lang
