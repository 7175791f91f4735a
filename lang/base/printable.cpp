#include "lang/base/printable.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lang/base/utf8.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kTabWidth = 4;

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks that terminals draw two columns wide (Unicode Standard Annex 11, W and F, by block).
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};

// Blocks of marks that are drawn onto the character before them.
constexpr std::array<Range, 6> kCombining = {{{0x0300, 0x036F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE2F}}};

template <std::size_t Count>
bool in_ranges(char32_t c, const std::array<Range, Count>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::size_t width_of(char32_t c) {
  return in_ranges(c, kWide) ? 2 : (in_ranges(c, kCombining) ? 0 : 1);
}

bool is_obeyed_or_unseen(char32_t c) {
  return is_control(c) || is_direction_change(c) || is_invisible(c);
}

std::string escape_of(char32_t c) {
  const auto number = static_cast<std::uint32_t>(c);
  return number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

// `\\u202e`; beyond the first plane two of them (RFC 8259, 7).
void append_json_escape(char32_t c, std::string& out) {
  auto number = static_cast<std::uint32_t>(c);
  if (number >= 0x10000) {
    number -= 0x10000;
    out += fmt::format("\\u{:04x}", 0xD800U + (number >> 10U));
    number = 0xDC00U + (number & 0x3FFU);
  }
  out += fmt::format("\\u{:04x}", number);
}

// What is printed for the character at the front of `rest`, and its width.
struct Printed {
  std::string text;
  std::size_t width;
  std::size_t length;  // bytes taken
};

Printed print_one(std::string_view rest, std::size_t column, bool unicode) {
  const auto byte = static_cast<unsigned char>(rest.front());
  const auto point = decode_utf8(rest);
  if (!point) {
    return {fmt::format("\\x{:02x}", byte), 4, 1};
  }
  if (byte == '\t') {
    const std::size_t width = kTabWidth - column % kTabWidth;
    return {std::string(width, ' '), width, 1};
  }
  if (byte < 0x80 && byte >= 0x20 && byte != 0x7F) {
    return {std::string(1, rest.front()), 1, 1};
  }
  if (!unicode && point->value == 0x2026) {
    return {"...", 3, point->length};
  }
  if (!unicode || byte < 0x80 || is_obeyed_or_unseen(point->value)) {
    std::string escape = escape_of(point->value);
    const std::size_t width = escape.size();
    return {std::move(escape), width, point->length};
  }
  return {std::string(rest.substr(0, point->length)), width_of(point->value), point->length};
}

}  // namespace

PrintableLine printable_line(std::string_view line, bool unicode) {
  PrintableLine result;
  result.column_of.reserve(line.size() + 1);
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size();) {
    const Printed printed = print_one(line.substr(at), column, unicode);
    result.text += printed.text;
    result.column_of.insert(result.column_of.end(), printed.length, column);
    column += printed.width;
    at += printed.length;
  }
  result.column_of.push_back(column);
  return result;
}

std::string printable(std::string_view text, bool unicode) {
  return printable_line(text, unicode).text;
}

std::string printable_message(std::string_view text) {
  std::string out;
  for (bool first = true; first || !text.empty(); first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += (first ? "" : "\n  | ") + printable(text.substr(0, end), true);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string safe_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto point = decode_utf8(json);
    const std::size_t length = point ? point->length : 1;
    const bool layout = json.front() == '\n' || json.front() == '\t';
    if (!point || layout || !is_obeyed_or_unseen(point->value)) {
      out += json.substr(0, length);
    } else {
      append_json_escape(point->value, out);
    }
    json.remove_prefix(length);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  return printable_line(text, true).column_of.back();
}

}  // namespace backstay::lang
