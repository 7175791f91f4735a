// What a run remembers of every entry of its file list: of a file that may be taken for unchanged
// all that tells so, of anything else its line. In a compact binary form, because there is one for
// each entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// What a record stands for. Records of one path: those of `Dead` first, then one of the others.
enum class KnownKind : std::uint8_t {
  File,  ///< a file that is unchanged if its times, size and place are
  Line,  ///< any other line of the file list, which is all that is known of it
  Gone,  ///< nothing is there any more
  Dead,  ///< content in a pack that no line names any more
};

/// Where the line of an entry stands, and whether the base list has one of its path.
enum class ListPlace : std::uint8_t {
  Base,     ///< in the base list (of what is gone: a line that counts no more)
  Changes,  ///< in the changes; the base has none
  Shadows,  ///< in the changes, instead of one in the base
};

/// What stands behind the path in each record.
struct KnownMark {
  bool linked = false;  ///< one of the names of files that have several; such come after all others
  KnownKind kind = KnownKind::File;
  ListPlace place = ListPlace::Base;
};

/// What tells whether a file is the one that was read.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mtime_ns = 0;
  std::int64_t ctime = 0;
  std::uint32_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t filesystem = 0;  ///< see FilesystemIdentities

  [[nodiscard]] bool same_as(const struct stat& status, std::uint64_t on_filesystem) const;
};

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

/// The beginning of every record.
void append_known_key(std::string& out, std::string_view path, KnownMark mark);
/// A file; all but `part` and `frame`, which are known only when a pack is full. The bytes of the
/// hash are its last.
void append_known_head(std::string& out, const KnownEntry& known);
void append_known_tail(std::string& out, std::string_view part, std::uint64_t frame);
/// Of the record that begins at `begin`. It must be one.
void set_known_place(std::string& records, std::size_t begin, ListPlace place);

/// Nothing for what the above do not write, and for what is no file.
[[nodiscard]] std::optional<KnownEntry> parse_known(std::string_view record);

/// The key of a record and what follows: of a line its text, of something dead its pack.
struct KnownName {
  std::string_view path;
  KnownMark mark;
  std::string_view rest;
};

[[nodiscard]] std::optional<KnownName> name_of_known(std::string_view record);

/// A file as its record says it, without copies: alive as long as the record.
struct KnownGlance {
  std::string_view path;
  KnownMark mark;
  bool large = false;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  FileStamp stamp;
  std::int64_t read_day = 0;
  std::string_view user;
  std::string_view group;
  std::string_view part;
};

/// Nothing where parse_known() gives nothing.
[[nodiscard]] std::optional<KnownGlance> glance_at_known(std::string_view record);

/// The pack that holds the content that a record of a file or a line names; empty: none does.
[[nodiscard]] std::string pack_of_known(std::string_view record);

/// A number in as few bytes as it needs, seven bits each.
void append_varint(std::string& out, std::uint64_t value);
/// Takes one off the front. Nothing where there is none.
[[nodiscard]] std::optional<std::uint64_t> take_varint(std::string_view& bytes);

}  // namespace backstay::runtime
