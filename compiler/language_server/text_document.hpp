// The text of a document as an editor sees it: lines, and positions in the editor's units.
//
// The protocol counts columns in UTF-16 code units unless both sides agree on bytes, and ends a
// line at \n, \r\n and \r alike; everything else of this folder works on byte offsets.
// Source: Language Server Protocol 3.17, "Text Documents" and "Position".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::compiler::lsp {

enum class PositionEncoding : std::uint8_t { Utf8, Utf16 };

/// Both count from 0; `character` in units of the encoding.
struct Position {
  std::size_t line = 0;
  std::size_t character = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

class TextDocument {
 public:
  explicit TextDocument(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }

  /// Puts `text` in place of [begin, end); offsets beyond the end mean the end.
  void replace(std::size_t begin, std::size_t end, std::string_view text);

  /// Beyond the end of a line: the end of that line; beyond the last line: the end of the text.
  /// Within a character: its beginning.
  [[nodiscard]] std::size_t offset_of(Position position, PositionEncoding encoding) const;
  [[nodiscard]] Position position_of(std::size_t offset, PositionEncoding encoding) const;

 private:
  void find_lines();

  std::string text_;
  std::vector<std::size_t> line_begins_;
};

}  // namespace backstay::compiler::lsp
