// What a tree holds, file by file with hashes: the sheet that lies beside a mirror or a replica,
// and by which it is proven and brought back.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/mirror/content_memory.hpp"

namespace backstay::runtime {

/// Paths are relative to the tree; `.` is its top. Sorted by path.
struct TreeSheet {
  std::map<std::string, Entry> entries;
  /// Files that are no longer in the source and still in the mirror: since when (RFC 3339).
  std::map<std::string, std::string> gone;

  [[nodiscard]] bool has_file(const std::string& path, const Digest& digest) const;
  /// Names of the regular files.
  [[nodiscard]] std::vector<std::string> files() const;
};

/// A line an entry, as in a file list; one of what is gone begins with `gone TIME `.
[[nodiscard]] std::string to_text(const TreeSheet& sheet);
/// Errors: BadInput, for a path that leads out of the tree too.
[[nodiscard]] Result<TreeSheet> parse_tree_sheet(std::string_view text);

/// A tree as it is now.
struct TreeReading {
  TreeSheet sheet;
  std::string base;                   ///< absolute; what the paths are relative to
  std::vector<std::string> changing;  ///< files that changed while they were read: not in the sheet
  std::vector<std::string> left_out;  ///< sockets and special files
};

/// Reads a tree or a single file, following no link; files that are as the memory knows them are
/// not read again. Errors: NotFound, Io (a directory or file that cannot be read), Interrupted.
[[nodiscard]] Result<TreeReading> read_tree(const std::string& path,
                                            ContentMemory& memory,
                                            const std::stop_token& stop);

}  // namespace backstay::runtime
