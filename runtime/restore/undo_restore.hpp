// `restore --undo RUN` and `restore --commit RUN`: from a restore's record alone, without the plan
// file and without the store.
#pragma once

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct UndoRequest {
  std::string restore = {};  ///< `latest`, an id, a unique prefix
  /// Leave to lose what was written since units were started after the restore.
  bool discard_later = false;
  std::set<std::string> without_keep_current = {};  ///< components that are discarded without a
                                                    ///< snapshot of them; `all`
};

/// What an undo or a commit came to.
struct UndoReport {
  std::string restore = {};
  bool nothing = false;                 ///< it was done before
  std::vector<std::string> done = {};   ///< what was put back or removed
  std::vector<std::string> notes = {};  ///< what is left to look at
  std::vector<std::string> left = {};   ///< what failed: repeat it
};

/// Puts back everything that the restore replaced, last change first; with units stopped before and
/// those started again that ran before the restore. May be repeated after any kill. What fails is
/// left for the next try, and the rest goes on. Errors: NotFound, Usage (which restore), Refused
/// (committed; units were started after it, without leave), Busy, Partial (report.left), Io.
[[nodiscard]] Result<void> undo_restore(World& world,
                                        const UndoRequest& request,
                                        UndoReport& report,
                                        Events& events,
                                        std::stop_token stop);

/// Removes what the restore set aside, and nothing else. May be repeated. Errors: NotFound, Usage,
/// Refused (undone, or not complete), Busy, Partial (report.left), Io.
[[nodiscard]] Result<void> commit_restore(World& world,
                                          const std::string& restore,
                                          UndoReport& report,
                                          Events& events,
                                          std::stop_token stop);

/// Whether the undo of a restore would lose what was written since: units were started after it.
[[nodiscard]] bool loses_later_writes(const RecordContent& content);

}  // namespace backstay::runtime
