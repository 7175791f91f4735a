// A child whose peer may stall: it is ended when nothing moves for a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// How long a peer may say nothing before it counts as stalled.
inline constexpr std::chrono::seconds kStall{90};

/// The same, or what BACKSTAY_STALL says (1 … 86400). Errors: BadInput, where it says another
/// thing.
[[nodiscard]] Result<std::chrono::seconds> read_stall_time();
/// The same of a word that was read before: where it is none, the first.
[[nodiscard]] std::chrono::seconds stall_time();

/// Runs a command whose streams are functions of ours; each byte in or out counts as life.
/// Errors: Timeout (temporary) after `stall` without any; else those of CommandRunner::run.
[[nodiscard]] Result<Exit> run_watched(CommandRunner& commands,
                                       Command command,
                                       std::chrono::seconds stall,
                                       const std::stop_token& stop);

/// The same for a child that speaks to its peer by itself: life is `least` bytes that it reads or
/// writes anywhere, or a twentieth of the time spent computing. `least` is more than what it says
/// of itself while nothing moves. Where nobody tells what it moves, its own deadline ends it.
[[nodiscard]] Result<Exit> run_watched_by_traffic(CommandRunner& commands,
                                                  const Command& command,
                                                  std::chrono::seconds stall,
                                                  std::uint64_t least,
                                                  const std::stop_token& stop);

}  // namespace backstay::runtime
