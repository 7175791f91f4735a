// One entry of a file list: what a file, directory or link was when it was read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lang/base/sha256.hpp"

namespace backstay::runtime {

enum class EntryType : std::uint8_t {
  File,
  Directory,
  Symlink,
  HardLink,  ///< another name of a File of the same component
  Fifo,
  CharacterDevice,
  BlockDevice,
};

/// How a regular file came through being read.
enum class ReadState : std::uint8_t {
  Intact,
  Grown,    ///< it grew meanwhile; kept at its first size
  Changed,  ///< it changed each time it was read; only under `may-change`
};

struct ExtendedAttribute {
  std::string name;   ///< `user.origin`
  std::string value;  ///< bytes

  friend bool operator==(const ExtendedAttribute&, const ExtendedAttribute&) = default;
};

/// Times are the modification time; ns is 0 … 999,999,999, also before 1970.
struct Entry {
  std::string path;  ///< bytes, relative to `/`: `etc/nova/nova.conf`; `.` for `/` itself
  EntryType type = EntryType::File;
  std::uint32_t mode = 0;  ///< the lower 12 bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;  ///< name at the time of the backup; may be empty
  std::string group;
  std::int64_t mtime = 0;
  std::uint32_t mtime_ns = 0;
  std::uint64_t size = 0;  ///< regular files only
  std::string link;        ///< symbolic link: its text; hard link: the path of the file
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::vector<ExtendedAttribute> attributes;  ///< sorted by name, without ACLs
  std::string acl;          ///< `user::rw-,user:nova:r--,…`; empty: the mode says all
  std::string default_acl;  ///< directories
  bool bare = false;  ///< a directory kept without what it holds: an `except` names it, or a `keep`
                      ///< is below
  bool sparse = false;  ///< had holes: zeros become holes again
  bool large = false;   ///< content in segments instead of a pack
  ReadState state = ReadState::Intact;
  Digest sha256{};  ///< of the content; files with content only
  std::string
      part;  ///< pack (`HASH.tar.zst`) or list of segments (`HASH.parts`); empty: no content
  std::uint64_t frame = 0;  ///< byte at which its zstd frame begins in the pack

  friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace backstay::runtime
