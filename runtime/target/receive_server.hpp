// The far end: one request of a sender, served in a store of this machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/target/receive_protocol.hpp"

namespace backstay::runtime {

/// What the key may do, as its forced command says it.
struct ReceiveLimits {
  std::string store;               ///< absolute
  std::vector<std::string> hosts;  ///< whose snapshots it may send and fetch; empty: all
  bool may_remove = false;         ///< whether copies may be moved to the trash, and reclaimed
  std::chrono::seconds grace = std::chrono::days(7);  ///< how long they lie there at least
};

/// Both ends of the connection.
struct ReceiveLine {
  /// Up to `room.size()` bytes; 0 at the end.
  std::function<Result<std::size_t>(std::span<std::byte> room)> read;
  std::function<Result<void>(std::string_view bytes)> write;
};

/// Serves one request and writes its reply, an error too. Errors: the request's, for the log here.
[[nodiscard]] Result<void> serve_request(World& world,
                                         const ReceiveLimits& limits,
                                         const ReceiveCommand& command,
                                         const ReceiveLine& line,
                                         const std::stop_token& stop);

/// An rsync server that may begin: what it is called with, and the lock that it holds.
struct RsyncServer {
  std::string program;
  std::vector<std::string> arguments;
  Lock lock;
};

/// Whether the text asks for rsync.
[[nodiscard]] bool asks_for_rsync(std::string_view original_command);

/// Checks every word of a sender's `rsync --server …` against what our sender says, and puts the
/// directory of the upload in the place of the one that is named. Errors: Refused (anything else,
/// an upload that was not prepared), Busy, ToolMissing.
[[nodiscard]] Result<RsyncServer> admit_rsync(World& world,
                                              const ReceiveLimits& limits,
                                              std::string_view original_command);

}  // namespace backstay::runtime
