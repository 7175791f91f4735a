#include "compiler/language_server/text_document.hpp"

#include <algorithm>

#include "lang/base/utf8.hpp"

namespace backstay::compiler::lsp {
namespace {

struct Step {
  std::size_t bytes = 1;
  std::size_t units = 1;
};

// The character at the front of `text`. A byte that is no UTF-8 is one unit: an editor shows one
// replacement character for it.
Step step(std::string_view text, PositionEncoding encoding) {
  const auto point = lang::decode_utf8(text);
  if (!point) {
    return {};
  }
  const bool pair = point->value > 0xFFFF;
  return {point->length, encoding == PositionEncoding::Utf8 ? point->length : (pair ? 2U : 1U)};
}

}  // namespace

TextDocument::TextDocument(std::string text) : text_(std::move(text)) {
  find_lines();
}

void TextDocument::replace(std::size_t begin, std::size_t end, std::string_view text) {
  begin = std::min(begin, text_.size());
  end = std::clamp(end, begin, text_.size());
  text_.replace(begin, end - begin, text);
  find_lines();
}

void TextDocument::find_lines() {
  line_begins_.assign(1, 0);
  for (std::size_t at = text_.find_first_of("\r\n"); at != std::string::npos;
       at = text_.find_first_of("\r\n", at)) {
    at += text_.compare(at, 2, "\r\n") == 0 ? 2 : 1;
    line_begins_.push_back(at);
  }
}

std::size_t TextDocument::offset_of(Position position, PositionEncoding encoding) const {
  if (position.line >= line_begins_.size()) {
    return text_.size();
  }
  std::size_t at = line_begins_[position.line];
  const std::size_t end = std::min(text_.find_first_of("\r\n", at), text_.size());
  const std::string_view text(text_);
  for (std::size_t units = 0; at < end;) {
    const Step next = step(text.substr(at), encoding);
    units += next.units;
    if (units > position.character) {
      break;
    }
    at += next.bytes;
  }
  return at;
}

Position TextDocument::position_of(std::size_t offset, PositionEncoding encoding) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  Position position{static_cast<std::size_t>(after - line_begins_.begin()) - 1, 0};
  const std::string_view text(text_);
  std::size_t at = line_begins_[position.line];
  const std::size_t end = std::min(text_.find_first_of("\r\n", at), offset);
  while (at < end) {
    const Step next = step(text.substr(at), encoding);
    if (at + next.bytes > end) {
      break;
    }
    at += next.bytes;
    position.character += next.units;
  }
  return position;
}

}  // namespace backstay::compiler::lsp
