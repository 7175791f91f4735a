// Patterns of Borg (borg help patterns) as `except` of a policy.
#pragma once

#include <cstddef>
#include <string>

#include "compiler/takeover/takeover.hpp"

namespace backstay::compiler {

/// Adds what a pattern leaves out to the takeover, whose paths are known; says what it cannot.
void read_exclude_pattern(std::size_t line, const std::string& pattern, Takeover& takeover);

}  // namespace backstay::compiler
