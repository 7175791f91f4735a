// What a MariaDB server holds: databases, tables, code objects; and whether our account may see it
// all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/database/mariadb.hpp"

namespace backstay::runtime {

struct ServerState {
  std::string version;  ///< 10.11.19-MariaDB-0+deb12u1
  bool binary_log = false;
  std::uint64_t largest_packet = 0;  ///< max_allowed_packet, bytes
  int cluster_size = 0;              ///< of a Galera cluster; 0: none
  bool may_hold = false;             ///< the account has RELOAD: it may stop commits for a moment
};

struct TableState {
  std::string type;    ///< `BASE TABLE`, `SEQUENCE`, `SYSTEM VERSIONED`
  std::string engine;  ///< empty: the table is damaged
  bool transactional = false;
  std::uint64_t estimated_rows = 0;  ///< of information_schema: may be far off
  std::uint64_t bytes = 0;
  /// When it was made, altered or renamed, as the server tells: to the second, for InnoDB.
  std::string altered = {};
};

struct DatabaseState {
  std::string name;
  std::string charset;
  std::string collation;
  std::map<std::string, TableState> tables;  ///< without views
  std::map<std::string, bool> views;         ///< whether it is valid
  /// FLOAT columns as `table.column`. The server writes them as text with six significant digits
  /// (FLT_DIG), so every logical dump rounds the seventh; DOUBLE is exact.
  std::vector<std::string> rounded;
};

/// A routine, trigger, event or view.
struct CodeObject {
  std::string database;
  std::string
      kind;  ///< `PROCEDURE`, `FUNCTION`, `PACKAGE`, `PACKAGE BODY`, `TRIGGER`, `EVENT`, `VIEW`
  std::string name;
};

/// All queries: errors as MariadbServer::query().
[[nodiscard]] Result<ServerState> server_state(const MariadbServer& server);
/// Names of all databases but the system's own and Backstay's scratch ones, sorted.
[[nodiscard]] Result<std::vector<std::string>> user_databases(const MariadbServer& server);
/// Those of `names` that are there, with tables and views.
[[nodiscard]] Result<std::map<std::string, DatabaseState>> database_states(
    const MariadbServer& server, const std::vector<std::string>& names);
/// Routines, triggers (in their order of firing), events and views of `names`, sorted by database.
[[nodiscard]] Result<std::vector<CodeObject>> code_objects(const MariadbServer& server,
                                                           const std::vector<std::string>& names);
/// `10.11` of `10.11.19-MariaDB-0+deb12u1`, as numbers.
[[nodiscard]] std::pair<int, int> release_of(const std::string& version);

}  // namespace backstay::runtime
