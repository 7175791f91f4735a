// Working below an open directory so that neither a name in an archive nor a local race leads out
// of it: every path is resolved by the kernel with RESOLVE_BENEATH, NO_SYMLINKS and NO_MAGICLINKS.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "lang/base/result.hpp"
#include "runtime/archive/source_directory.hpp"

namespace backstay::runtime {

/// A path's directory (empty: the top itself) and last name.
[[nodiscard]] std::pair<std::string, std::string> split_path(const std::string& path);

/// Opens a directory below `root`; an empty path or `.` is `root` itself, opened anew.
[[nodiscard]] Result<Descriptor> open_beneath(int root, const std::string& path);

/// Opens a directory of the machine, following links: what lies above a restored tree is the
/// machine's own layout.
[[nodiscard]] Result<Descriptor> open_place(const std::string& absolute_path);

/// lstat below a directory; `name` is one name. Nothing where there is nothing.
[[nodiscard]] Result<std::optional<struct stat>> status_beneath(int directory,
                                                                const std::string& name);

/// Removes what is at `name` in a directory, with all below, following no link and crossing no
/// mount. Only for what we made ourselves.
[[nodiscard]] Result<void> remove_beneath(int directory, const std::string& name);

/// renameat2 without replacing. Errors name both.
[[nodiscard]] Result<void> move_beneath(int from_directory,
                                        const std::string& from,
                                        int to_directory,
                                        const std::string& to);

/// The mount that an open directory is on.
[[nodiscard]] std::uint64_t mount_of(int directory);

/// The last directory that was opened, kept open: consecutive entries mostly share theirs.
class DirectoryCache {
 public:
  explicit DirectoryCache(int root) : root_(root) {}

  /// Alive until the next call.
  Result<int> open(const std::string& path);

 private:
  int root_;
  std::string path_;
  Descriptor descriptor_;
};

}  // namespace backstay::runtime
