#include "runtime/archive/pax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace backstay::runtime {

namespace {

// Offsets and widths of a ustar header.
struct Field {
  std::size_t offset, width;
};

constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kMtime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kLink{157, 100}, kMagic{257, 8},
    kUser{265, 32}, kGroup{297, 32}, kMajor{329, 8}, kMinor{337, 8};
constexpr std::uint64_t kLargestOctal7 = 07777777;
constexpr std::int64_t kLargestOctal11 = 077777777777;
constexpr std::string_view kExtendedName = "PaxHeaders/entry";

using Block = std::array<char, kTarBlock>;

void put_text(Block& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(field.width, text.size()));
}

void put_octal(Block& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.width - 1; i > 0; --i) {
    block[field.offset + i - 1] = static_cast<char>('0' + (value & 7U));
    value >>= 3U;
  }
}

// Of all bytes, those of the field itself as blanks. Two plain sums, which are made many bytes at a
// time.
unsigned checksum(const char* block) {
  const auto sum = [block](std::size_t from, std::size_t count) {
    unsigned total = 0;
    for (std::size_t i = from; i < from + count; ++i)
      total += static_cast<unsigned char>(block[i]);
    return total;
  };
  return sum(0, kTarBlock) - sum(kChecksum.offset, kChecksum.width) +
         static_cast<unsigned>(kChecksum.width) * static_cast<unsigned>(' ');
}

void append_block(std::string& out, Block& block) {
  put_text(block, kMagic, std::string_view("ustar\00000", 8));
  unsigned sum = checksum(block.data());
  block[kChecksum.offset + 7] = ' ';
  for (std::size_t i = 6; i > 0; --i) {
    block[kChecksum.offset + i - 1] = static_cast<char>('0' + (sum & 7U));
    sum >>= 3U;
  }
  out.append(block.data(), block.size());
}

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::File:
      return '0';
    case EntryType::HardLink:
      return '1';
    case EntryType::Symlink:
      return '2';
    case EntryType::CharacterDevice:
      return '3';
    case EntryType::BlockDevice:
      return '4';
    case EntryType::Directory:
      return '5';
    case EntryType::Fifo:
      return '6';
  }
  return '0';
}

// `LENGTH KEY=VALUE\n`, where LENGTH counts itself.
void append_record(std::string& records, std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + std::to_string(rest).size();
  if (std::to_string(length).size() + rest != length)
    ++length;
  records += std::to_string(length);
  records += ' ';
  records += key;
  records += '=';
  records += value;
  records += '\n';
}

// Decimal seconds; before 1970 the fraction counts away from the epoch.
std::string pax_time(std::int64_t seconds, std::uint32_t ns) {
  std::string text;
  if (seconds < 0 && ns > 0) {
    text = "-" + std::to_string(-(seconds + 1));
    ns = 1'000'000'000U - ns;
  } else {
    text = std::to_string(seconds);
  }
  if (ns > 0) {
    const std::string digits = std::to_string(ns);
    text += '.';
    text.append(9 - digits.size(), '0');
    text += digits;
  }
  return text;
}

// GNU tar escapes these two in the names of attributes, because `=` ends a key.
std::string attribute_key(std::string_view name) {
  std::string key = "SCHILY.xattr.";
  for (const char c : name) {
    if (c == '=') {
      key += "%3D";
    } else if (c == '%') {
      key += "%25";
    } else {
      key += c;
    }
  }
  return key;
}

std::string extended_records(const Entry& entry, std::string_view name) {
  std::string records;
  if (!entry.acl.empty())
    append_record(records, "SCHILY.acl.access", entry.acl);
  if (!entry.default_acl.empty())
    append_record(records, "SCHILY.acl.default", entry.default_acl);
  for (const ExtendedAttribute& attribute : entry.attributes) {
    append_record(records, attribute_key(attribute.name), attribute.value);
  }
  if (entry.gid > kLargestOctal7)
    append_record(records, "gid", std::to_string(entry.gid));
  if (entry.group.size() > kGroup.width)
    append_record(records, "gname", entry.group);
  if (entry.link.size() > kLink.width)
    append_record(records, "linkpath", entry.link);
  if (entry.mtime_ns != 0 || entry.mtime < 0 || entry.mtime > kLargestOctal11) {
    append_record(records, "mtime", pax_time(entry.mtime, entry.mtime_ns));
  }
  if (name.size() > kName.width)
    append_record(records, "path", name);
  if (entry.uid > kLargestOctal7)
    append_record(records, "uid", std::to_string(entry.uid));
  if (entry.user.size() > kUser.width)
    append_record(records, "uname", entry.user);
  return records;
}

void append_extended_header(std::string& out, const std::string& records) {
  Block block{};
  put_text(block, kName, kExtendedName);
  put_octal(block, kMode, 0644);
  put_octal(block, kUid, 0);
  put_octal(block, kGid, 0);
  put_octal(block, kSize, records.size());
  put_octal(block, kMtime, 0);
  block[kType.offset] = 'x';
  append_block(out, block);
  out += records;
  out.append(tar_padding(records.size()), '\0');
}

std::optional<std::uint64_t> octal(const char* text, std::size_t width) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text, text + width - 1, value, 8);
  if (error != std::errc{} || end != text + width - 1 || text[width - 1] != '\0') {
    return std::nullopt;
  }
  return value;
}

bool all_zero(const char* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](char c) { return c == '\0'; });
}

// One header block: its type and size.
struct RawHeader {
  char type;
  std::uint64_t size;
};

std::optional<RawHeader> read_block(const char* block) {
  if (std::string_view(block + kMagic.offset, 8) != std::string_view("ustar\00000", 8)) {
    return std::nullopt;
  }
  const auto sum = octal(block + kChecksum.offset, 7);
  const auto size = octal(block + kSize.offset, kSize.width);
  if (!sum || *sum != checksum(block) || !size)
    return std::nullopt;
  return RawHeader{block[kType.offset], *size};
}

}  // namespace

void append_tar_header(std::string& out, const Entry& entry, std::uint64_t content) {
  std::string with_slash;
  std::string_view name = entry.path;
  if (entry.type == EntryType::Directory) {
    with_slash = entry.path + "/";
    name = with_slash;
  }
  const std::string records = extended_records(entry, name);
  if (!records.empty())
    append_extended_header(out, records);
  Block block{};
  put_text(block, kName, name);
  put_octal(block, kMode, entry.mode);
  put_octal(block, kUid, std::min<std::uint64_t>(entry.uid, kLargestOctal7));
  put_octal(block, kGid, std::min<std::uint64_t>(entry.gid, kLargestOctal7));
  put_octal(block, kSize, content);
  put_octal(block, kMtime,
            static_cast<std::uint64_t>(std::clamp<std::int64_t>(entry.mtime, 0, kLargestOctal11)));
  block[kType.offset] = type_flag(entry.type);
  put_text(block, kLink, entry.link);
  put_text(block, kUser, entry.user);
  put_text(block, kGroup, entry.group);
  put_octal(block, kMajor, entry.device_major);
  put_octal(block, kMinor, entry.device_minor);
  append_block(out, block);
}

std::optional<TarHeader> read_tar_header(std::span<const std::byte> bytes) {
  const char* at = reinterpret_cast<const char*>(bytes.data());
  if (bytes.size() < kTarBlock)
    return std::nullopt;
  if (all_zero(at, kTarBlock)) {
    if (bytes.size() != kTarEnd || !all_zero(at, kTarEnd))
      return std::nullopt;
    return TarHeader{};
  }
  auto first = read_block(at);
  if (!first)
    return std::nullopt;
  if (first->type != 'x')
    return TarHeader{kTarBlock, first->size};
  const std::uint64_t body = first->size + tar_padding(first->size);
  if (body > bytes.size() || bytes.size() - body < 2 * kTarBlock)
    return std::nullopt;
  const auto second = read_block(at + kTarBlock + body);
  if (!second || second->type == 'x')
    return std::nullopt;
  return TarHeader{static_cast<std::size_t>(body) + 2 * kTarBlock, second->size};
}

std::string tar_member_name(std::span<const std::byte> header) {
  const std::string_view bytes(reinterpret_cast<const char*>(header.data()), header.size());
  if (bytes.size() < kTarBlock)
    return {};
  // Records are in the order of their keys, and a value may hold anything: each is passed over by
  // its length.
  const std::string_view extended = bytes.substr(0, bytes.size() - kTarBlock);
  std::string_view rest = extended.size() > kTarBlock ? extended.substr(kTarBlock) : "";
  while (!rest.empty() && rest.front() != '\0') {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc{} || length > rest.size() || length < digits + 2)
      return {};
    const std::string_view record = rest.substr(digits + 1, length - digits - 2);
    if (record.starts_with("path="))
      return std::string(record.substr(5));
    rest.remove_prefix(length);
  }
  const std::string_view name = bytes.substr(bytes.size() - kTarBlock + kName.offset, kName.width);
  return std::string(name.substr(0, name.find('\0')));
}

}  // namespace backstay::runtime
