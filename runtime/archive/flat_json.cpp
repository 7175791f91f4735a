#include "runtime/archive/flat_json.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {

namespace {

bool take(std::string_view& rest, char expected) {
  if (rest.empty() || rest.front() != expected)
    return false;
  rest.remove_prefix(1);
  return true;
}

// A string between quotes without escapes and control bytes; bytes beyond ASCII must be UTF-8.
bool take_text(std::string_view& rest, std::string_view& text) {
  if (!take(rest, '"'))
    return false;
  bool ascii = true;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    if (byte == '"') {
      text = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return ascii || is_utf8(text);
    }
    if (byte == '\\' || byte < 0x20)
      return false;
    ascii = ascii && byte < 0x80;
  }
  return false;
}

bool take_word(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word))
    return false;
  rest.remove_prefix(word.size());
  return true;
}

// No leading zeros, no fraction, no exponent: what follows must end the value.
bool take_number(std::string_view& rest, FlatValue& value) {
  value.negative = take(rest, '-');
  const char* const begin = rest.data();
  const auto [end, error] = std::from_chars(begin, begin + rest.size(), value.number);
  const auto digits = static_cast<std::size_t>(end - begin);
  const bool too_low = value.negative && value.number > static_cast<std::uint64_t>(INT64_MAX);
  if (error != std::errc() || too_low || (digits > 1 && rest.front() == '0'))
    return false;
  rest.remove_prefix(digits);
  return !rest.empty() && (rest.front() == ',' || rest.front() == '}');
}

bool take_value(std::string_view& rest, FlatValue& value) {
  value = {};
  if (rest.starts_with('"'))
    return take_text(rest, value.text);
  const bool yes = take_word(rest, "true");
  if (yes || take_word(rest, "false")) {
    value.kind = FlatValue::Kind::Flag;
    value.number = yes ? 1 : 0;
    return true;
  }
  value.kind = FlatValue::Kind::Number;
  return take_number(rest, value);
}

}  // namespace

bool FlatObject::read_field(std::string_view& rest) {
  if (size_ == kMostFields)
    return false;
  Field& field = fields_[size_];
  if (!take_text(rest, field.key) || !take(rest, ':') || !take_value(rest, field.value))
    return false;
  if (size_ > 0 && field.key <= fields_[size_ - 1].key)
    return false;
  ++size_;
  return true;
}

bool FlatObject::read(std::string_view line) {
  size_ = 0;
  if (!take(line, '{'))
    return false;
  do {
    if (!read_field(line))
      return false;
  } while (take(line, ','));
  return line == "}";
}

const FlatValue* FlatObject::find(std::string_view key) const {
  const auto* const end = fields_.begin() + size_;
  const auto* const at = std::lower_bound(
      fields_.begin(), end, key,
      [](const Field& field, std::string_view wanted) { return field.key < wanted; });
  return at != end && at->key == key ? &at->value : nullptr;
}

}  // namespace backstay::runtime
