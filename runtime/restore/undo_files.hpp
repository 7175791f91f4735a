// The way back of changes to files, and the end of what they set aside. Both look first at what is
// there: repeated, or after a kill at any place, they end the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/selector.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// What undo and commit need of the record that a change is in.
struct ChangeContext {
  std::string run_id;  ///< of the restore
  std::size_t number = 0;
  bool made = false;                   ///< the change is known to be whole
  const Selector* selector = nullptr;  ///< of the component, where it is one of files
  std::function<Result<std::string>(const std::string& name)> read_kept;
  std::function<void(const std::string& note)> note;  ///< for people
};

/// Each puts back what was there; what the restore put there goes. Errors: Refused (a mount lies
/// in what would go; what was set aside is not what it was), Io; then nothing of it was destroyed.
[[nodiscard]] Result<void> undo_change(const PathCreated& change, const ChangeContext& context);
[[nodiscard]] Result<void> undo_change(const PathExchanged& change, const ChangeContext& context);
[[nodiscard]] Result<void> undo_change(const TreeMerged& change, const ChangeContext& context);
[[nodiscard]] Result<void> undo_change(const SqliteExchanged& change, const ChangeContext& context);

/// Each removes what was set aside and nothing else, never crossing a mount. Errors: as above.
[[nodiscard]] Result<void> commit_change(const PathExchanged& change, const ChangeContext& context);
[[nodiscard]] Result<void> commit_change(const TreeMerged& change, const ChangeContext& context);
[[nodiscard]] Result<void> commit_change(const SqliteExchanged& change,
                                         const ChangeContext& context);

/// Bytes on disk of what a change has set aside; 0 where nothing is.
[[nodiscard]] std::uint64_t size_aside(const std::string& path);

}  // namespace backstay::runtime
