// How long a schedule may leave between two runs: what a plan diff calls more or less often.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace backstay::compiler {

/// Between two neighbouring runs within the horizon of the proofs, on a clock without summer time.
/// Nothing for what is no rule, and where it runs fewer than two times.
[[nodiscard]] std::optional<std::chrono::seconds> longest_gap(const std::string& rule);

}  // namespace backstay::compiler
