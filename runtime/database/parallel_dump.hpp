// Several mariadb-dump processes at one instant: each begins its snapshot while nothing commits.
//
// A process is known to be in its snapshot when its first database marker arrives: mariadb-dump
// writes it after START TRANSACTION WITH CONSISTENT SNAPSHOT (client/mysqldump.cc). The lock is let
// go only when all of them are. Where the server has a binary log, each also says the coordinates
// of its snapshot, and all have to be those that the lock's holder saw: so all connections met one
// server at one instant.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/database/backup_hold.hpp"
#include "runtime/database/dump_stream.hpp"
#include "runtime/database/mariadb_code.hpp"

namespace backstay::runtime {

/// What they gave.
struct ParallelDump {
  std::vector<DumpedPart> parts;
  std::map<std::string, CodeText> codes;  ///< of the instant
  LogCoordinates coordinates;
  std::string began;  ///< RFC 3339, of the instant
  std::chrono::milliseconds held{0};
  /// Why the lock was not had, or let go before all were in their snapshots; empty: all went well.
  /// Then there are no parts.
  std::string gave_up;
};

/// Runs all parts. Errors: those of the first part that failed; the others are ended.
[[nodiscard]] Result<ParallelDump> dump_in_parallel(const MariadbServer& server,
                                                    const std::vector<DumpPart>& parts,
                                                    const std::vector<std::string>& databases,
                                                    bool log_position,
                                                    StepContext& context,
                                                    const DumpHooks& hooks);

}  // namespace backstay::runtime
