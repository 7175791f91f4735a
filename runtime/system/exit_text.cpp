// How a child's end and its words are shown.
#include <cstring>

#include <fmt/format.h>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `bytes`; 0 where there is none.
/// Overlong forms, surrogates and what lies past U+10FFFF are not well-formed (RFC 3629).
std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || bytes.size() < length) {
    return 0;
  }
  for (std::size_t index = 1; index < length; ++index) {
    if ((at(index) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const bool bad_second =
      length >= 3 && ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F) ||
                      (lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F));
  return bad_second ? 0 : length;
}

/// C0 and C1 controls and DEL; newline and tab may stay.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
  }
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

}  // namespace

std::string describe(const Exit& exit) {
  if (!exit.signalled) {
    return fmt::format("exit status {}", exit.code);
  }
  const char* name = ::sigabbrev_np(exit.code);
  return fmt::format("signal {} ({})", exit.code, name == nullptr ? "unknown" : name);
}

std::string escape_control_bytes(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const std::size_t taken = length == 0 ? 1 : length;
    const auto sequence = bytes.substr(0, taken);
    if (length == 0 || is_control(sequence)) {
      for (const char byte : sequence) {
        text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
    } else {
      text += sequence;
    }
    bytes.remove_prefix(taken);
  }
  return text;
}

}  // namespace backstay::runtime
