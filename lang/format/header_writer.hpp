// The line of one fact, from its word to its last argument: lists over 100 columns are broken after
// a comma, comments inside a list stay behind or above the same items.
#pragma once

#include <string>
#include <string_view>

#include "lang/base/source.hpp"
#include "lang/syntax/ast.hpp"
#include "lang/syntax/comments.hpp"

namespace backstay::lang {

/// Appends the fact's line to `out`, without a newline at its end.
/// indent   columns before the word; continued lines stand four further in
/// comment  the next comment that is not written yet; moved on past those inside the line
void write_header(const ast::File& file,
                  const ast::Fact& fact,
                  std::size_t indent,
                  const SourceFile& source,
                  const Comments& comments,
                  Comments::const_iterator& comment,
                  std::string& out);

/// A comment as it is printed: without blanks at its end.
[[nodiscard]] std::string_view comment_text(const Comment& comment, const SourceFile& source);

}  // namespace backstay::lang
