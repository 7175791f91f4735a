// Which processes dump which tables into which artefacts: decided before anything is dumped.
//
// One stream is one process for all databases. In parallel there is a process for every database,
// with the large tables taken out of it, each a process of its own; so that one database that
// is most of the bytes does not keep all others waiting. The names of the streams depend on the
// tables alone, never on the day's sizes of others, so that a quiet table gives the same bytes in
// the same stream each time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/database/mariadb_catalog.hpp"

namespace backstay::runtime {

/// The stream of a database's tables that are in no other one.
inline constexpr const char* kRowsStream = "rows.sql";
/// The stream of its tables without transactions, where they are dumped under the lock.
inline constexpr const char* kHeldStream = "rows-held.sql";

/// One database, or what a process dumps of it.
struct DumpSection {
  std::string database;
  std::string stream;
  std::set<std::string> leave_out;  ///< its views, and its tables that are in other streams
};

/// One process.
struct DumpPart {
  std::vector<DumpSection> sections;  ///< no database twice
  std::uint64_t bytes = 0;            ///< estimated
  bool held = false;                  ///< must have ended before the lock is released
};

/// One process for all.
[[nodiscard]] DumpPart one_stream(const std::vector<std::string>& databases,
                                  const std::map<std::string, DatabaseState>& states);

/// A process for each database and each large table, at most about twenty; the largest first.
[[nodiscard]] std::vector<DumpPart> parallel_parts(
    const std::vector<std::string>& databases, const std::map<std::string, DatabaseState>& states);

/// Tables that are not of the same instant as the rest when the lock does not cover them.
[[nodiscard]] std::vector<std::string> tables_without_transactions(const DatabaseState& state);

/// Program arguments for one part. log_position: have the dump say the binary log's coordinates.
[[nodiscard]] std::vector<std::string> dump_arguments(const DumpPart& part, bool log_position);

}  // namespace backstay::runtime
