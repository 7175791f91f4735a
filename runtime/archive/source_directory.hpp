// Reading a source by descriptors: a directory is opened once and everything in it relative to it,
// so that no path is resolved twice and no link is followed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/owners.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {

/// A directory of a source, kept open as long as somebody reads in it.
struct SourceDirectory {
  Descriptor descriptor;
  std::string path;  ///< relative to `/`; empty for `/` itself

  /// The path of something in it, relative to `/`.
  [[nodiscard]] std::string child(const std::string& name) const {
    return path.empty() ? name : path + "/" + name;
  }
};

using SourceDirectoryPointer = std::shared_ptr<const SourceDirectory>;

struct NameInDirectory {
  std::string name;
  unsigned char type = DT_UNKNOWN;  ///< DT_REG, DT_DIR …
};

/// openat with O_NOFOLLOW, O_CLOEXEC and, where we may, O_NOATIME. Closed where errno says why not.
[[nodiscard]] Descriptor open_source(int directory, const char* name, int flags);

/// The names in an open directory, sorted by byte, without `.` and `..`.
[[nodiscard]] Result<std::vector<NameInDirectory>> read_names(const SourceDirectory& directory);

/// Mode, owner, times and size of what a status says; not the path.
void fill_from_status(Entry& entry, const struct stat& status, Owners& owners);

/// user.*, security.capability and the ACLs of an open file or directory. Others are not ours to
/// keep.
[[nodiscard]] Result<void> fill_attributes(Entry& entry, int descriptor, Owners& owners);

}  // namespace backstay::runtime
