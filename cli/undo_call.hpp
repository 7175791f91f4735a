// The ways on from a restore in place: put back what it replaced, or remove what it set aside.
#pragma once

#include "cli/restore_words.hpp"

namespace backstay::cli {

/// By the restore's own record; `undo` or `commit` of the words names it. Asks before later writes
/// are discarded. Errors: NotFound, Usage (not confirmed), and as runtime::undo_restore and
/// runtime::commit_restore.
[[nodiscard]] Result<void> undo_or_commit(Session& session,
                                          RestoreWords& options,
                                          Execution& execution);

}  // namespace backstay::cli
