#include "runtime/store/segment_key.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace backstay::runtime {

namespace {

constexpr std::string_view kName = "/segment-key";

std::string to_line(const HashKey& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : key) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text + "\n";
}

std::optional<HashKey> parse_line(std::string_view text) {
  HashKey key{};
  if (text.size() != 2 * key.size() + 1)
    return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i)
    (void)std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, key[i], 16);
  return to_line(key) == text ? std::optional(key) : std::nullopt;
}

}  // namespace

Result<HashKey> segment_key(Filesystem& files, const std::string& directory) {
  const std::string path = directory + std::string(kName);
  if (const auto text = read_file(files, path)) {
    if (const auto key = parse_line(*text))
      return *key;
  }
  const HashKey key = random_hash_key();
  BACKSTAY_TRY(make_directories(files, directory, 0700));
  BACKSTAY_TRY(replace_file(files, path, to_line(key), 0600));
  return key;
}

}  // namespace backstay::runtime
