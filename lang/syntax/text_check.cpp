#include "lang/syntax/text_check.hpp"

#include <fmt/format.h>

#include "lang/base/utf8.hpp"

namespace backstay::lang {
namespace {

Diagnostic forbidden_character(const Span& span, char32_t c) {
  const auto number = static_cast<std::uint32_t>(c);
  if (c == '\r') {
    return {DiagnosticKind::ForbiddenCharacter,
            span,
            "a carriage return at the end of a line",
            "U+000D",
            {},
            {},
            "save the file with Unix line ends (only the first is shown)"};
  }
  if (c == 0xFEFF) {
    return {DiagnosticKind::ForbiddenCharacter,
            span,
            "a byte order mark",
            "U+FEFF",
            {},
            {},
            "save the file as UTF-8 without a byte order mark"};
  }
  if (is_direction_change(c)) {
    return {DiagnosticKind::ForbiddenCharacter,
            span,
            "a character that changes the direction of writing",
            fmt::format("U+{:04X}", number),
            {},
            {},
            "take it out: the line reads other than it is compiled"};
  }
  return {DiagnosticKind::ForbiddenCharacter,
          span,
          "a control character",
          fmt::format("U+{:04X}", number),
          {},
          {},
          "take it out; in a string it is written `\\u{…}`"};
}

}  // namespace

TextCheck check_text(const SourceFile& source, FileId file, Diagnostics& diagnostics) {
  TextCheck check;
  const std::string_view text = source.text();
  if (text.size() > kLargestFile) {
    diagnostics.add({DiagnosticKind::FileTooLarge,
                     {file, 0, 0},
                     fmt::format("the file holds {} bytes; at most 1 MiB is read", text.size()),
                     {},
                     {},
                     {},
                     "split it and `import` the parts"});
    check.readable = false;
    return check;
  }
  bool carriage_return_seen = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto plain = static_cast<unsigned char>(text[at]);
    if ((plain >= 0x20 && plain < 0x7F) || plain == '\n' || plain == '\t') {
      ++at;
      continue;
    }
    const auto point = decode_utf8(text.substr(at));
    const auto begin = static_cast<std::uint32_t>(at);
    if (!point) {
      diagnostics.add({DiagnosticKind::NotUtf8,
                       {file, begin, begin + 1},
                       fmt::format("byte 0x{:02X} at offset {} is not UTF-8", plain, at),
                       {},
                       {},
                       {},
                       "save the file as UTF-8"});
      check.readable = false;
      return check;
    }
    if (is_control(point->value) || is_direction_change(point->value)) {
      const Span span{file, begin, begin + static_cast<std::uint32_t>(point->length)};
      check.forbidden.push_back(span);
      if (point->value != '\r' || !carriage_return_seen) {
        diagnostics.add(forbidden_character(span, point->value));
      }
      carriage_return_seen = carriage_return_seen || point->value == '\r';
    }
    at += point->length;
  }
  return check;
}

}  // namespace backstay::lang
