// backstay explain CODE: the page behind a finding's code.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace backstay::cli {

/// Lists all codes with their summaries. format  `text` or `json`
void list_codes(Session& session, const std::string& format);

/// Prints the page of a code, in any case of its letters. Unknown codes: exit 2.
void explain_code(Session& session, const std::string& word, const std::string& format);

}  // namespace backstay::cli
