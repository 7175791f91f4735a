// When a schedule runs next, and what the changes of the clock do to it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/calendar/date.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/result.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// The day from which a schedule is explained, unless it is said (language.md, section 5.7).
inline constexpr std::chrono::local_days first_day =
    std::chrono::local_days(std::chrono::year(2027) / std::chrono::January / 1);

/// `2027-03-28T02:30Z`, with seconds only where there are some.
[[nodiscard]] std::string instant_text(std::chrono::sys_seconds instant);

/// Rule, zone, the next fires from `from` on, the fires of 400 days that a change of the clock
/// moves; several lines. Errors: the policy's zone is missing or unknown (BadInput).
[[nodiscard]] Result<std::string> explain_schedule(const Policy& policy,
                                                   const Schedule& schedule,
                                                   std::chrono::local_days from,
                                                   const lang::SourceSet& sources);

}  // namespace backstay::compiler
