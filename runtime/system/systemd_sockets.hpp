// What systemd listens to: the journal's socket and the one for a service's status.
//
// Why not libsystemd: two datagrams are less than a library (systemd.io/JOURNAL_NATIVE_PROTOCOL,
// sd_notify(3)), and the program stays the same where no systemd is.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace backstay::runtime {

/// Whether our stderr goes to the journal (systemd.exec(5), $JOURNAL_STREAM).
[[nodiscard]] bool stderr_is_journal();

/// Names in capitals; values of any bytes, cut off after 8 KiB.
using JournalFields = std::vector<std::pair<std::string, std::string>>;

/// One entry with its fields. False where no journal takes it.
bool send_to_journal(const JournalFields& fields);

/// The status line of our service: `systemctl status` shows it. Nothing where nobody asked for it.
void notify_status(std::string_view status);

/// Our service is on its way out, and may take this long from now on, whatever its unit says
/// (sd_notify(3): STOPPING, EXTEND_TIMEOUT_USEC). Said again before that time is over it counts
/// anew.
void notify_stopping(std::string_view status, std::chrono::microseconds patience);

}  // namespace backstay::runtime
