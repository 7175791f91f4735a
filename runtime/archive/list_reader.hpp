// The file list of a component, entry by entry in the order of the walk; then the names of files
// that have several. Changes are merged with their base on the way, so that nobody else knows of
// them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

using EntryVisitor = std::function<Result<void>(Entry&& entry)>;

/// directory  of the component. A component without a list has no entries.
/// Errors: what the visitor returned, Verification, BadInput (hostile or broken lines), Io.
[[nodiscard]] Result<void> read_list(Filesystem& files,
                                     const std::string& directory,
                                     const EntryVisitor& visitor);

/// A stretch of a file list that can be read by itself.
struct ListStretch {
  std::vector<std::string> base;  ///< names of parts in `list/`
  std::vector<std::string> changes;
  std::optional<std::string> from;  ///< the first path that counts of the changes
  std::optional<std::string> to;    ///< the first behind it
};

/// The whole list as stretches in order, one for each part of its base, so that they can be read
/// side by side.
[[nodiscard]] Result<std::vector<ListStretch>> list_stretches(Filesystem& files,
                                                              const std::string& directory);

[[nodiscard]] Result<void> read_stretch(Filesystem& files,
                                        const std::string& directory,
                                        const ListStretch& stretch,
                                        const EntryVisitor& visitor);

/// The lines of a list one after the other. One thread at a time.
class ListLines {
 public:
  ListLines(Filesystem& files, const std::string& directory, std::vector<ListStretch> stretches);
  ~ListLines();
  ListLines(ListLines&&) noexcept;
  ListLines& operator=(ListLines&&) noexcept;

  /// False: the list is over. Errors: Verification, BadInput, Io.
  Result<bool> next();

  /// Of the last next(), without the newline; alive until the following one.
  [[nodiscard]] std::string_view line() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether the entry of a line is wanted, told from its text alone: `true` for a doubt.
using LineFilter = std::function<bool(std::string_view line)>;

/// The entries that a filter lets through; others are passed over unparsed.
[[nodiscard]] Result<void> read_list_where(Filesystem& files,
                                           const std::string& directory,
                                           const LineFilter& wanted,
                                           const EntryVisitor& visitor);

/// The entries at or below a place and those above it. Only the parts that may hold them are read,
/// so that one file of very many is found soon. top  absolute
[[nodiscard]] Result<void> read_list_near(Filesystem& files,
                                          const std::string& directory,
                                          const std::string& top,
                                          const EntryVisitor& visitor);

}  // namespace backstay::runtime
