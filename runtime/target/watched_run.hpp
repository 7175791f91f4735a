// A child whose peer may stall: it is ended when nothing moves for a while.
#pragma once

#include <chrono>
#include <stop_token>

#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// How long a peer may say nothing before it counts as stalled.
inline constexpr std::chrono::seconds kStall{90};

/// The same, or what BACKSTAY_STALL says (1 … 86400).
[[nodiscard]] std::chrono::seconds stall_time();

/// Runs a command whose streams are functions of ours; each byte in or out counts as life.
/// Errors: Timeout (temporary) after `stall` without any; else those of CommandRunner::run.
[[nodiscard]] Result<Exit> run_watched(CommandRunner& commands,
                                       Command command,
                                       std::chrono::seconds stall,
                                       const std::stop_token& stop);

}  // namespace backstay::runtime
