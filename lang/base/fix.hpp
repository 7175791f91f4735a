// Changes that mend a finding: made where it is reported, carried out by editors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::lang {

/// Puts `text` in place of `span`.
[[nodiscard]] Fix replace(const Span& span, std::string text);
/// Puts `text` at the end of `span`.
[[nodiscard]] Fix insert_after(const Span& span, std::string text);
/// Puts a line below the one that `span` begins on. line  without its newline
[[nodiscard]] Fix insert_line_below(const Span& span, std::string line);
/// Takes a fact out, its lines included where nothing else stands on them.
[[nodiscard]] Fix remove_lines(const Span& span);

/// Says in `finding` which candidate may have been meant by `word`, the text of its primary span:
/// its help becomes "did you mean `x`?", with the fix. False, and nothing done, where none is near.
bool suggest(Diagnostic& finding,
             std::string_view word,
             const std::vector<std::string>& candidates);

/// An edit of whole lines as one of bytes; any other as it is.
[[nodiscard]] Edit exact(const Edit& edit, const SourceSet& sources);

}  // namespace backstay::lang
