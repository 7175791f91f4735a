// `@2026-11-01`: a snapshot by the day or the instant at which its data must have been there.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// The last second that `@DATE` means: `@2026-11-01` is the end of that day, `@2026-11-01T14:30`
/// that minute's begin, both in local time; `@2026-11-01T14:30:00Z` is in UTC. Nothing where the
/// name does not begin with `@`. Errors: Usage (it is no date).
[[nodiscard]] Result<std::optional<std::chrono::sys_seconds>> point_in_time(
    const std::string& name);

}  // namespace backstay::runtime
