// Placing a policy that the program wrote: never over anything, and with what the compiler says.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace backstay::cli {

/// Writes `text` to `path` (`-`: stdout). Errors: Refused as Usage where there is something
/// already.
[[nodiscard]] Result<void> place_new_policy(Session& session,
                                            const std::string& path,
                                            const std::string& text);

/// Compiles a text as if it were in a file. Prints its findings to stderr; with errors, exit
/// code 2. Whether there was none at all.
bool report_findings(Session& session, const std::string& name, const std::string& text);

}  // namespace backstay::cli
