// backstay explain CODE: the page behind a finding's code.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace backstay::cli {

/// Lists all codes with their summaries.
void list_codes(Session& session);

/// Prints the page of a code, in any case of its letters. Unknown codes: exit 2.
void explain_code(Session& session, const std::string& word);

}  // namespace backstay::cli
