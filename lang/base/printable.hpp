// Foreign text made safe to print: what a terminal would obey is shown as an escape.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::lang {

/// A line as it is printed, and where each of its bytes stands.
struct PrintableLine {
  std::string text;
  /// Byte of the line → display column from 0; one more entry for the end. Bytes of one code point
  /// share their column.
  std::vector<std::size_t> column_of;
};

/// Tabs become blanks to the next multiple of four, control characters, direction changes, what
/// nobody sees and bytes that are not UTF-8 become `\x1b` or `\u{202e}`; with `unicode` false every
/// other character, too (but `…` → `...`). Wide characters count two columns, combining ones none.
[[nodiscard]] PrintableLine printable_line(std::string_view line, bool unicode);

/// The text of printable_line(); newlines are escaped, too.
[[nodiscard]] std::string printable(std::string_view text, bool unicode);

/// A message that may have several lines, as those of tools have: each further line stands behind
/// `  | `, so that no name with a newline in it makes a line that looks like one of ours. A newline
/// at the end is dropped.
[[nodiscard]] std::string printable_message(std::string_view text);

/// JSON (already escaped as RFC 8259 asks) that a terminal may be given, too: what printable_line()
/// would escape is written as `\\u202e`. The values stay what they are.
[[nodiscard]] std::string safe_json(std::string_view json);

/// How many columns a text takes on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace backstay::lang
