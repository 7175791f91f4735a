// Days and instants as policies, tests and options write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "compiler/calendar/zone.hpp"

namespace backstay::compiler {

/// `2027-01-31`. Nothing for what is no day of the calendar.
[[nodiscard]] std::optional<std::chrono::local_days> parse_date(std::string_view text);
/// `2027-03-28T02:30Z`, with or without seconds. Nothing for what is no instant.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_instant(std::string_view text);

}  // namespace backstay::compiler
