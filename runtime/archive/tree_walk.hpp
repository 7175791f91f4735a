// Walking what a component selects, in the order of the file list: depth first, names by byte.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/plan/actions.hpp"
#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/owners.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/archive/source_directory.hpp"

namespace backstay::runtime {

/// Something selected: a directory with its metadata, or a name to look at.
struct WalkItem {
  SourceDirectoryPointer directory;  ///< where `name` is
  std::string name;
  unsigned char type = DT_UNKNOWN;  ///< never DT_DIR where `entry` is empty
  std::unique_ptr<Entry> entry;     ///< directories
  std::string known = {};           ///< what an earlier run remembers of it; empty: nothing
  bool known_from_changes = false;  ///< where that was read

  [[nodiscard]] KnownRecord record() const { return {known, known_from_changes}; }
};

/// What the walk met besides what it gives.
struct WalkCounts {
  std::uint64_t left_out = 0;  ///< nodes that an `except` took, each counted once with all below
  std::uint64_t sockets = 0;   ///< cannot be kept; the program that made one makes it again
  std::uint64_t reserved = 0;  ///< our own names
};

/// One thread at a time. Directories stay open as long as items in them live.
class TreeWalk {
 public:
  /// A directory that could not be read: path and why. Answer whether to go on.
  using Problem = std::function<void(const std::string& path, const Error& error)>;

  TreeWalk(const plan::ArchiveFiles& files, Problem problem);

  /// Opens the top. Errors: NotFound (nothing is there), Io.
  Result<void> open();
  /// Appends up to `count` items. False: the end was reached.
  bool next(std::vector<WalkItem>& items, std::size_t count);
  /// Opens a directory that the walk gave before, by its path relative to `/`, following no link.
  /// Any thread, after open().
  Result<SourceDirectoryPointer> reopen(const std::string& directory) const;

  [[nodiscard]] const WalkCounts& counts() const { return counts_; }

 private:
  struct Level {
    SourceDirectoryPointer directory;
    std::vector<NameInDirectory> names;
    std::size_t at = 0;
    SelectorState state;
    std::unique_ptr<Entry> pending;  // an ancestor that is given only when something below is
  };

  void visit(const SourceDirectoryPointer& parent,
             NameInDirectory&& name,
             const SelectorState& state,
             std::vector<WalkItem>& items);
  void visit_directory(const SourceDirectoryPointer& parent,
                       const std::string& name,
                       const SelectorState& state,
                       std::vector<WalkItem>& items);
  void enter(SourceDirectoryPointer directory,
             std::unique_ptr<Entry> pending,
             const SelectorState& state);
  void give(WalkItem item, std::vector<WalkItem>& items);

  [[nodiscard]] bool parent_selected() const {
    return levels_.empty() || levels_.back().state.selected();
  }

  std::string path_;
  Selector selector_;
  Problem problem_;
  Owners owners_;
  WalkCounts counts_;
  std::vector<Level> levels_;
  SourceDirectoryPointer top_parent_;
  NameInDirectory top_;
  bool top_given_ = false;
};

}  // namespace backstay::runtime
