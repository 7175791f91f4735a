// Reads the canonical bytes of a plan, and nothing else.
//
// Why no library: a general YAML reader holds fifty times the bytes of a plan in memory, follows
// aliases, and lets duplicate keys pass. What is read here is one form only, line by line, as deep
// as the types of a plan are; so bytes of a hostile writer cost what they are long.
#pragma once

#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::plan {

/// content  the bytes without the digest line. Errors: BadInput with line and column. What is read
/// may still not be canonical (a duration of `60s`, a number with leading zeros): compare the
/// digests.
[[nodiscard]] Result<Plan> read_content(std::string_view content, std::string_view file_name);

}  // namespace backstay::plan
