// What a child moves, whoever it speaks to: for programs whose own streams say nothing while they
// work.
//
// The kernel counts the bytes that a process reads and writes, through files, pipes and sockets
// alike (/proc/PID/io). So a restic that waits for a server that hangs is told from one that is
// slow, without asking either.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace backstay::runtime {

struct ChildTraffic {
  std::uint64_t bytes = 0;  ///< read and written so far
  std::uint64_t ticks = 0;  ///< of CPU time, 100 a second
};

/// Of the children that a thread of this process started and that live, together. Nothing where
/// none lives, or the kernel does not tell.
[[nodiscard]] std::optional<ChildTraffic> traffic_of_children(pid_t thread);

}  // namespace backstay::runtime
