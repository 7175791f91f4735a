// What a restore would change in the databases of a server, as the server is now: for dry runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/database/mariadb_restore.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/database/sqlite_facts.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// How much a database holds.
struct DatabaseExtent {
  std::uint64_t tables = 0;
  std::uint64_t rows = 0;   ///< of a live one: estimated
  std::uint64_t bytes = 0;  ///< on the server, or of the dump
};

/// One database before and after.
struct DatabaseChange {
  std::string server;
  std::string database;
  bool exists = false;
  bool estimated = true;  ///< the rows that are there now: the server's word
  DatabaseExtent now;
  DatabaseExtent then;
  std::vector<std::string> added = {};    ///< tables that come back
  std::uint64_t replaced = 0;             ///< tables that are there and in the snapshot
  std::vector<std::string> removed = {};  ///< tables that are there alone: set aside too
  std::string aside = {};                 ///< where what is there goes; empty: nowhere
};

/// `nova: there are 12 tables, about 3400 rows, 4.50 MiB; …` and the same as JSON, and what cannot
/// be known before.
[[nodiscard]] Preview show_change(const DatabaseChange& change);

/// A SQLite file as it is now and as it comes back. What a writer still has in its log, or has
/// locked, is said to be unknown: nothing is made beside the file.
[[nodiscard]] Preview preview_change(const std::string& path,
                                     const SqliteFacts& then,
                                     const std::string& aside);

/// For every database of the scope. A server that cannot be asked is a problem.
[[nodiscard]] Preview preview_changes(const MariadbServer& server,
                                      const RestoreScope& scope,
                                      StepContext& context);
[[nodiscard]] Preview preview_changes(const PostgresServer& server,
                                      const PostgresScope& scope,
                                      StepContext& context);

}  // namespace backstay::runtime
