// What changed between two snapshots, file by file.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

enum class ChangeKind : std::uint8_t { Added, Removed, Changed };

struct SnapshotChange {
  ChangeKind kind = ChangeKind::Changed;
  std::string component;
  std::string path;                 ///< absolute; of a dump: the name of its stream
  std::set<std::string> what = {};  ///< of what changed: `content`, `mode`, `owner`, `time` …
};

/// Both snapshots, whole ids. Parts of the file lists that both have by a hard link are not read,
/// so it takes as long as there are changes. Memory grows with the entries that it reads.
/// Errors: NotFound, BadInput, Verification, Io, or what the visitor returned.
struct SnapshotComparison {
  Filesystem& files;
  const Store& store;
  std::string from;
  std::string to;
  std::string component = {};  ///< empty: all

  using Visitor = std::function<Result<void>(const SnapshotChange& change)>;

  /// Components by name, paths in the order of the list.
  [[nodiscard]] Result<void> run(const Visitor& visitor) const;
};

}  // namespace backstay::runtime
