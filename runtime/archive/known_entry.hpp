// What a run remembers of a file that it read: the entry of the file list and what tells whether
// the file is still the same. In a compact binary form, because there is one for each file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// A regular file as it was when its content was last read.
struct KnownEntry {
  Entry entry;
  std::int64_t ctime = 0;
  std::uint32_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t filesystem = 0;  ///< see FilesystemIdentities
  std::int64_t read_day = 0;     ///< days since 1970
  bool linked = false;           ///< it has several names; such come after all others

  /// Whether size, times, inode and file system are those of what is there now.
  [[nodiscard]] bool same_as(const struct stat& status, std::uint64_t on_filesystem) const;

  friend bool operator==(const KnownEntry&, const KnownEntry&) = default;
};

/// Appends all but `part` and `frame`, which are known only when a pack is full. Begins with the
/// path.
void append_known_head(std::string& out, const KnownEntry& known);
void append_known_tail(std::string& out, std::string_view part, std::uint64_t frame);

/// Nothing for what the above do not write.
[[nodiscard]] std::optional<KnownEntry> parse_known(std::string_view record);

/// Path and whether it is one of the linked, without looking at the rest.
struct KnownName {
  std::string_view path;
  bool linked = false;
};

[[nodiscard]] std::optional<KnownName> name_of_known(std::string_view record);

/// A number in as few bytes as it needs, seven bits each.
void append_varint(std::string& out, std::uint64_t value);
/// Takes one off the front. Nothing where there is none.
[[nodiscard]] std::optional<std::uint64_t> take_varint(std::string_view& bytes);

}  // namespace backstay::runtime
