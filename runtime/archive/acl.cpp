#include "runtime/archive/acl.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace backstay::runtime {

namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kNoId = 0xFFFFFFFFU;

struct Tag {
  std::uint16_t number;
  std::string_view name;
  bool has_id;
};

// linux/posix_acl.h
constexpr std::array<Tag, 6> kTags = {{{0x01, "user", false},
                                       {0x02, "user", true},
                                       {0x04, "group", false},
                                       {0x08, "group", true},
                                       {0x10, "mask", false},
                                       {0x20, "other", false}}};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8U | static_cast<std::uint8_t>(bytes[i - 1]);
  }
  return value;
}

void append_little_endian(std::string& bytes, std::uint32_t value, int width) {
  for (int i = 0; i < width; ++i)
    bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (true) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos)
      return parts;
    at = end + 1;
  }
}

std::optional<std::uint32_t> permissions(std::string_view text) {
  if (text.size() != 3)
    return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const char set = std::string_view("rwx")[i];
    if (text[i] == set) {
      value |= 4U >> i;
    } else if (text[i] != '-') {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace

std::optional<std::string> acl_to_text(std::string_view bytes, const NameOf& name_of) {
  if (bytes.size() < 4 || (bytes.size() - 4) % 8 != 0)
    return std::nullopt;
  if (little_endian(bytes.substr(0, 4)) != kVersion)
    return std::nullopt;
  std::string text;
  for (std::size_t at = 4; at < bytes.size(); at += 8) {
    const std::uint32_t number = little_endian(bytes.substr(at, 2));
    const std::uint32_t mode = little_endian(bytes.substr(at + 2, 2));
    const std::uint32_t id = little_endian(bytes.substr(at + 4, 4));
    const auto* tag = std::ranges::find(kTags, number, &Tag::number);
    if (tag == kTags.end())
      return std::nullopt;
    if (!text.empty())
      text += ',';
    text += tag->name;
    text += ':';
    if (tag->has_id) {
      const std::string name = name_of(id, tag->name == "group");
      text += name.empty() ? std::to_string(id) : name;
    }
    text += ':';
    text += (mode & 4U) != 0 ? 'r' : '-';
    text += (mode & 2U) != 0 ? 'w' : '-';
    text += (mode & 1U) != 0 ? 'x' : '-';
  }
  return text;
}

std::optional<std::string> acl_to_bytes(std::string_view text, const NumberOf& number_of) {
  struct Item {
    std::uint32_t tag, mode, id;
  };

  std::vector<Item> items;
  for (const std::string_view piece : split(text, ',')) {
    const auto fields = split(piece, ':');
    if (fields.size() != 3)
      return std::nullopt;
    const bool has_id = !fields[1].empty();
    const auto* tag = std::ranges::find_if(
        kTags, [&](const Tag& t) { return t.name == fields[0] && t.has_id == has_id; });
    const auto mode = permissions(fields[2]);
    if (tag == kTags.end() || !mode)
      return std::nullopt;
    std::uint32_t id = kNoId;
    if (has_id) {
      const auto number = number_of(fields[1], fields[0] == "group");
      if (!number)
        return std::nullopt;
      id = *number;
    }
    items.push_back({tag->number, *mode, id});
  }
  // Why: the kernel wants entries by tag, then by id; numbers may differ on another machine.
  std::ranges::stable_sort(items, [](const Item& a, const Item& b) {
    return a.tag != b.tag ? a.tag < b.tag : a.id < b.id;
  });
  std::string bytes;
  append_little_endian(bytes, kVersion, 4);
  for (const Item& item : items) {
    append_little_endian(bytes, item.tag, 2);
    append_little_endian(bytes, item.mode, 2);
    append_little_endian(bytes, item.id, 4);
  }
  return bytes;
}

}  // namespace backstay::runtime
