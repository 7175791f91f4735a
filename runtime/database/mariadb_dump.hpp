// Dumps a group of databases of one server at one instant and accepts the result only when it is
// proven.
//
// mariadb-dump exits 0 after some failures, prints its trailer after others, and is silent about a
// database that is not there (client/mysqldump.cc, write_footer() and dump_databases_wild()). So a
// dump counts only if: every process exited 0, its stderr holds nothing unknown, its stream is
// whole and ends with the trailer, its databases are exactly the expected ones, their tables are
// exactly those that the server listed before, and the code objects are those of the instant.
//
// There are two ways to one instant: several processes that begin under a short lock
// (parallel_dump), and one process for all, which needs no privilege and holds nobody up.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "runtime/database/backup_hold.hpp"
#include "runtime/database/dump_parts.hpp"
#include "runtime/database/dump_stream.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_code.hpp"
#include "runtime/database/mariadb_facts.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// One database and the component that it is kept as.
struct DumpTarget {
  std::string database;
  std::string component;
};

/// How a group is dumped.
struct DumpWay {
  std::vector<DumpPart> parts;  ///< one: a single stream
  std::string why_one_stream;   ///< what kept it from several, where that can be changed; or empty

  [[nodiscard]] bool parallel() const { return parts.size() > 1; }
};

/// Several processes where there is more than one thing to dump and the server allows it.
[[nodiscard]] DumpWay choose_way(const plan::Server& server,
                                 const ServerState& state,
                                 const std::vector<std::string>& databases,
                                 const std::map<std::string, DatabaseState>& states);

/// A database as all parts of a dump together have it.
struct MergedDatabase {
  DumpedDatabase dumped;
  std::vector<std::string> more_streams;  ///< besides rows.sql, sorted
  std::vector<std::string> held_tables;   ///< dumped while the lock was held
};

/// Puts the parts together; a table that is in two of them is named in `twice`.
[[nodiscard]] std::map<std::string, MergedDatabase> merge_parts(
    const std::vector<DumpedPart>& parts, std::string& twice);

/// What differs between what the server listed and what the dump holds, in words; empty: nothing.
[[nodiscard]] std::string table_difference(const std::map<std::string, DatabaseState>& expected,
                                           const std::map<std::string, MergedDatabase>& found);

/// A table that was altered, replaced or renamed between the two looks, in words; empty: none. One
/// that is gone was read before: its rows are those of the snapshot.
[[nodiscard]] std::string altered_table(const std::map<std::string, DatabaseState>& before,
                                        const std::map<std::string, DatabaseState>& after);

/// One group. Used once.
class GroupDump {
 public:
  GroupDump(const MariadbServer& server, std::vector<DumpTarget> targets, StepContext& context);

  /// Dumps, up to three times while definitions change, and finishes the streams. Nothing is marked
  /// complete. Returns the facts of each component. Errors: as server_error(); NotFound (a database
  /// is missing); ToolFailed (stderr, or definitions that keep changing, naming one); Verification
  /// (trailer, markers, coordinates); what the staging says.
  Result<std::map<std::string, MariadbFacts>> run(const ServerState& state);

 private:
  struct Attempt {
    std::map<std::string, DatabaseState> states;
    std::map<std::string, CodeText> codes;
    std::vector<DumpedPart> parts;
    std::map<std::string, MergedDatabase> databases;
    LogCoordinates coordinates;
    std::string way;
    std::chrono::milliseconds held{0};
    std::string started;
    std::string instant;
  };

  Result<Attempt> attempt(const ServerState& state);
  Result<bool> try_parallel(const DumpWay& way, const ServerState& state, Attempt& attempt);
  Result<void> stream(const ServerState& state, Attempt& attempt);
  Result<void> look_around(Attempt& attempt);
  Result<void> accept(Attempt& attempt);
  Result<void> store(Attempt& attempt);
  void warn(const Attempt& attempt, const ServerState& state);
  [[nodiscard]] DumpHooks hooks(Attempt& attempt);
  [[nodiscard]] std::map<std::string, MariadbFacts> facts(const Attempt& attempt,
                                                          const ServerState& state,
                                                          const std::string& tool) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const std::string& component(const std::string& database) const;

  const MariadbServer* server_;
  std::vector<DumpTarget> targets_;
  StepContext* context_;
  std::map<std::string, std::string> components_;  ///< of each database
  std::atomic<std::uint64_t> bytes_ = 0;
  bool gave_up_ = false;  ///< the lock was not had once: one stream from now on
};

}  // namespace backstay::runtime
