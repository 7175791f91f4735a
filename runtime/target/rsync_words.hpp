// The one form of rsync that crosses the line: how the sender is called, and which server the
// receiver admits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/target/receiver.hpp"

namespace backstay::runtime {

/// What our sender always says, besides the remote shell, the list of files and the places: modes
/// that the receiver's own umask may not widen, no owners, no times; a file that was cut short is
/// kept aside and taken up.
[[nodiscard]] std::vector<std::string> rsync_sender_options(int timeout_seconds);

/// Where a sender says that an upload goes; the receiver puts its own directory in its place.
[[nodiscard]] std::string rsync_place(const IncomingCopy& copy);

struct RsyncServerWords {
  std::vector<std::string> options;  ///< `--server` and the rest, all known
  IncomingCopy copy;
};

/// Nothing for any word that our sender's rsync would not say.
[[nodiscard]] std::optional<RsyncServerWords> parse_rsync_server(std::string_view command);

}  // namespace backstay::runtime
