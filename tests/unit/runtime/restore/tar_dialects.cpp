#include "tests/unit/runtime/restore/tar_dialects.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "runtime/archive/pax.hpp"

namespace backstay::runtime::testing {

namespace {

struct Header {
  std::string name;
  char type = '0';
  std::uint64_t size = 0;
  std::uint32_t mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime = 0;
  std::string link = {};
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  bool gnu = false;
};

std::string padded(std::string bytes) {
  bytes.append((512 - bytes.size() % 512) % 512, '\0');
  return bytes;
}

std::string header_block(const Header& header) {
  std::string block(512, '\0');
  const auto put = [&](std::size_t at, std::size_t width, const std::string& text) {
    std::memcpy(block.data() + at, text.data(), std::min(width, text.size()));
  };
  const auto octal = [&](std::size_t at, int digits, std::uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    put(at, static_cast<std::size_t>(digits), text);
  };
  put(0, 100, header.name);
  octal(100, 7, header.mode);
  octal(108, 7, std::min<std::uint64_t>(header.uid, 07777777));
  octal(116, 7, std::min<std::uint64_t>(header.gid, 07777777));
  octal(124, 11, std::min<std::uint64_t>(header.size, 077777777777));
  octal(136, 11, static_cast<std::uint64_t>(std::max<std::int64_t>(header.mtime, 0)));
  put(148, 8, "        ");
  block[156] = header.type;
  put(157, 100, header.link);
  put(257, 8, header.gnu ? std::string("ustar  \0", 8) : std::string("ustar\00000", 8));
  octal(329, 7, header.major);
  octal(337, 7, header.minor);
  unsigned sum = 0;
  for (const char c : block)
    sum += static_cast<unsigned char>(c);
  char text[16];
  std::snprintf(text, sizeof text, "%06o", sum);
  put(148, 7, std::string(text, 6) + std::string(1, '\0'));
  return block;
}

char type_of(EntryType type) {
  return "0521634"[static_cast<int>(type)];
}

std::string path_of(const Entry& entry) {
  return entry.type == EntryType::Directory && !entry.path.ends_with('/') ? entry.path + "/"
                                                                          : entry.path;
}

std::string long_link(char type, const std::string& text) {
  std::string out =
      header_block({.name = "././@LongLink", .type = type, .size = text.size() + 1, .gnu = true});
  return out + padded(text + std::string(1, '\0'));
}

std::string pax_header(char type, const std::string& records) {
  return header_block({.name = "PaxHeaders/x", .type = type, .size = records.size()}) +
         padded(records);
}

std::string pax_records(const Entry& entry, std::uint64_t size) {
  std::string records = pax_record("path", path_of(entry));
  if (!entry.link.empty())
    records += pax_record("linkpath", entry.link);
  records += pax_record("uid", std::to_string(entry.uid)) +
             pax_record("gid", std::to_string(entry.gid)) +
             pax_record("mtime", std::to_string(entry.mtime) + ".5") +
             pax_record("size", std::to_string(size));
  for (const ExtendedAttribute& attribute : entry.attributes)
    records += pax_record("SCHILY.xattr." + attribute.name, attribute.value);
  if (!entry.acl.empty())
    records += pax_record("SCHILY.acl.access", entry.acl);
  return records;
}

}  // namespace

std::string_view name_of(TarDialect dialect) {
  switch (dialect) {
    case TarDialect::Own:
      return "own";
    case TarDialect::Pax:
      return "pax";
    case TarDialect::Gnu:
      return "gnu";
    case TarDialect::Mixed:
      return "mixed";
  }
  return "";
}

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + std::to_string(rest).size();
  if (std::to_string(length).size() + rest != length)
    ++length;
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

std::string pax_global(const std::string& records) {
  return pax_header('g', records);
}

std::string tar_member(TarDialect dialect, const Entry& entry, const std::string& content) {
  std::string out;
  if (dialect == TarDialect::Own) {
    append_tar_header(out, entry, content.size());
    return out + padded(content);
  }
  Header header{.name = path_of(entry),
                .type = type_of(entry.type),
                .size = content.size(),
                .mode = entry.mode,
                .uid = entry.uid,
                .gid = entry.gid,
                .mtime = entry.mtime,
                .link = entry.link,
                .major = entry.device_major,
                .minor = entry.device_minor,
                .gnu = dialect == TarDialect::Gnu};
  if (dialect != TarDialect::Pax) {
    out += long_link('L', header.name);
    if (!entry.link.empty())
      out += long_link('K', entry.link);
  }
  if (dialect != TarDialect::Gnu)
    out += pax_header('x', pax_records(entry, content.size()));
  if (dialect == TarDialect::Pax)
    header.name = "harmless";
  return out + header_block(header) + padded(content);
}

}  // namespace backstay::runtime::testing
