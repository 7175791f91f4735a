// A restore as it was asked for: here, as this host's part in a set, or on all hosts by an engine.
#pragma once

#include "cli/restore_words.hpp"

namespace backstay::cli {

/// Asks before it replaces, shows what came of it, and notes it in the catalogue; a dry run changes
/// nothing. Errors: Usage (words that do not go together, not confirmed), Refused (an approval is
/// missing), and as runtime::run_restore.
[[nodiscard]] Result<void> call_restore(Session& session,
                                        RestoreWords& options,
                                        Execution& execution);

}  // namespace backstay::cli
