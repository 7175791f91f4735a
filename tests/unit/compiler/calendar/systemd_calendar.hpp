// `systemd-analyze calendar` as an oracle for what a calendar expression means.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace backstay::compiler::testing {

/// 2027-01-01 00:00:00 UTC
inline constexpr std::chrono::sys_seconds kYearBegin =
    std::chrono::sys_days(std::chrono::year(2027) / std::chrono::January / 1);

/// Is the program there? It is on every system that runs systemd, and in every CI of ours.
[[nodiscard]] bool has_systemd_analyze();

/// The next `count` fires of an expression after an instant; empty when it refuses it.
/// The expression must not hold a single quote.
[[nodiscard]] std::vector<std::chrono::sys_seconds> systemd_fires(
    const std::string& expression, std::size_t count, std::chrono::sys_seconds after = kYearBegin);

}  // namespace backstay::compiler::testing
