// Base64, UTF-8 and the rule for paths: what the file list needs to carry any bytes as text.
#include <array>
#include <cstdint>

#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// How many bytes follow a lead byte and its least code point; length 0: no lead byte.
struct Lead {
  unsigned following;
  std::uint32_t bits, least;
  bool valid;
};

Lead read_lead(unsigned char byte) {
  if (byte < 0x80)
    return {0, byte, 0, true};
  if (byte >= 0xC2 && byte < 0xE0)
    return {1, byte & 0x1FU, 0x80, true};
  if (byte >= 0xE0 && byte < 0xF0)
    return {2, byte & 0x0FU, 0x800, true};
  if (byte >= 0xF0 && byte < 0xF5)
    return {3, byte & 0x07U, 0x10000, true};
  return {0, 0, 0, false};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (static_cast<unsigned char>(bytes[i]) < 0x80) {
      ++i;
      continue;
    }
    const Lead lead = read_lead(static_cast<unsigned char>(bytes[i++]));
    if (!lead.valid || bytes.size() - i < lead.following)
      return false;
    std::uint32_t code = lead.bits;
    for (unsigned k = 0; k < lead.following; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i++]);
      if ((next & 0xC0U) != 0x80U)
        return false;
      code = code << 6U | (next & 0x3FU);
    }
    if (code < lead.least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      return false;
  }
  return true;
}

bool is_safe_path(std::string_view path) {
  if (path == ".")
    return true;
  if (path.empty() || path.find('\0') != std::string_view::npos)
    return false;
  std::size_t at = 0;
  while (true) {
    const std::size_t end = path.find('/', at);
    const std::string_view segment = path.substr(at, end - at);
    if (segment.empty() || segment == "." || segment == "..")
      return false;
    if (end == std::string_view::npos)
      return true;
    at = end + 1;
  }
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  const Error broken{.kind = ErrorKind::BadInput, .message = "broken base64 in a file list"};
  if (text.size() % 4 != 0)
    return broken;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t count = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      const std::size_t value = kAlphabet.find(c);
      if (value == std::string_view::npos) {
        if (c != '=' || k < 2 || i + 4 != text.size())
          return broken;
        group <<= 6U;
        continue;
      }
      if (count != k)
        return broken;
      group = group << 6U | static_cast<std::uint32_t>(value);
      ++count;
    }
    for (std::size_t k = 0; k + 1 < count; ++k)
      bytes += static_cast<char>(group >> (16 - 8 * k) & 255U);
  }
  // Why: one value, one text; else two lists of different bytes could mean the same.
  if (to_base64(bytes) != text)
    return broken;
  return bytes;
}

}  // namespace backstay::runtime
