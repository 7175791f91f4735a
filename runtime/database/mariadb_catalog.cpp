// Queries of information_schema: see the header.
#include "runtime/database/mariadb_catalog.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A row with other columns than were asked for is no answer of a MariaDB server.
Result<void> expect_columns(const MariadbServer& server, const Rows& rows, std::size_t columns) {
  const bool ok =
      std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == columns; });
  if (ok)
    return {};
  return Error{.kind = ErrorKind::ToolFailed,
               .message = "server `" + server.facts().name + "` gave an answer of another shape",
               .hint = "is this a MariaDB server, and `mariadb` its client?"};
}

Result<Rows> ask(const MariadbServer& server, const std::string& sql, std::size_t columns) {
  BACKSTAY_ASSIGN(Rows rows, server.query(sql));
  BACKSTAY_TRY(expect_columns(server, rows, columns));
  return rows;
}

Result<void> find_rounded(const MariadbServer& server,
                          const std::string& list,
                          std::map<std::string, DatabaseState>& states) {
  BACKSTAY_ASSIGN(const Rows columns,
                  ask(server,
                      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM "
                      "information_schema.COLUMNS WHERE DATA_TYPE='float' AND TABLE_SCHEMA IN (" +
                          list + ") ORDER BY 1, 2, 3;",
                      3));
  for (const auto& row : columns) {
    const auto state = states.find(row[0]);
    if (state != states.end() && state->second.tables.contains(row[1])) {
      state->second.rounded.push_back(row[1] + "." + row[2]);
    }
  }
  return {};
}

bool names_mariadb(const std::vector<std::string>& row) {
  return std::any_of(row.begin(), row.end(), [](const std::string& each) {
    return each.find("MariaDB") != std::string::npos || each.find("mariadb") != std::string::npos;
  });
}

/// MySQL, Percona Server and others speak the protocol, but their instant, their accounts and their
/// dumps are others. One that does not answer this either is judged by what it said before.
Result<void> refuse_other_servers(const MariadbServer& server) {
  const auto rows = server.query("SELECT VERSION(), @@version_comment;");
  if (!rows || rows->size() != 1 || rows->front().size() != 2 || names_mariadb(rows->front()))
    return {};
  return Error{
      .kind = ErrorKind::ToolMissing,
      .message = fmt::format("server `{}` is not MariaDB: it says {} {}", server.facts().name,
                             rows->front()[0], rows->front()[1]),
      .hint =
          "Backstay dumps MariaDB from 10.3 on; take another server with `export` and `import` "
          "commands of its own tools"};
}

}  // namespace

Result<ServerState> server_state(const MariadbServer& server) {
  const auto answer = ask(server,
                          "SELECT VERSION(), @@GLOBAL.log_bin, @@GLOBAL.max_allowed_packet, "
                          "COALESCE((SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
                          "WHERE VARIABLE_NAME='WSREP_CLUSTER_SIZE'), 0);",
                          4);
  // MySQL has that table elsewhere: its own words for it would help nobody.
  if (!answer || answer->empty() || !names_mariadb(answer->front()))
    BACKSTAY_TRY(refuse_other_servers(server));
  if (!answer)
    return answer.error();
  const Rows& rows = *answer;
  BACKSTAY_TRY(expect_columns(server, rows.size() == 1 ? rows : Rows{{}}, 4));
  return ServerState{.version = rows[0][0],
                     .binary_log = rows[0][1] == "1",
                     .largest_packet = number(rows[0][2]),
                     .cluster_size = static_cast<int>(number(rows[0][3]))};
}

Result<std::vector<std::string>> user_databases(const MariadbServer& server) {
  BACKSTAY_ASSIGN(const Rows rows, ask(server,
                                       "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE "
                                       "LOWER(SCHEMA_NAME) NOT IN ('mysql','information_schema',"
                                       "'performance_schema','sys') ORDER BY SCHEMA_NAME;",
                                       1));
  std::vector<std::string> names;
  for (const auto& row : rows) {
    // `#mysql50#lost+found` is a directory that the server takes for a database
    if (!row[0].starts_with("#mysql50#") && !is_side_name(row[0]))
      names.push_back(row[0]);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::map<std::string, DatabaseState>> database_states(
    const MariadbServer& server, const std::vector<std::string>& names) {
  const std::string list = quote_list(names);
  BACKSTAY_ASSIGN(const Rows schemas,
                  ask(server,
                      "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME "
                      "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (" +
                          list + ");",
                      3));
  std::map<std::string, DatabaseState> states;
  for (const auto& row : schemas)
    states[row[0]] = {row[0], row[1], row[2], {}, {}, {}};
  BACKSTAY_ASSIGN(
      const Rows tables,
      ask(server,
          "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, COALESCE(t.ENGINE,''), "
          "COALESCE(e.TRANSACTIONS,''), COALESCE(t.TABLE_ROWS,0), "
          "COALESCE(t.DATA_LENGTH+t.INDEX_LENGTH,0), COALESCE(t.TABLE_COMMENT,''), "
          "COALESCE(t.CREATE_TIME,'') FROM "
          "information_schema.TABLES t LEFT JOIN information_schema.ENGINES e "
          "ON e.ENGINE=t.ENGINE WHERE t.TABLE_TYPE <> 'TEMPORARY' AND t.TABLE_SCHEMA IN (" +
              list + ");",
          9));
  for (const auto& row : tables) {
    DatabaseState& state = states[row[0]];
    if (row[2] == "VIEW") {
      state.views[row[1]] = row[7] == "VIEW";
    } else {
      state.tables[row[1]] = {row[2],         row[3],         row[4] == "YES",
                              number(row[5]), number(row[6]), row[8]};
    }
  }
  BACKSTAY_TRY(find_rounded(server, list, states));
  return states;
}

Result<std::vector<CodeObject>> code_objects(const MariadbServer& server,
                                             const std::vector<std::string>& names) {
  const std::string list = quote_list(names);
  const std::string sql = fmt::format(
      "SELECT ROUTINE_SCHEMA, ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES "
      "WHERE ROUTINE_SCHEMA IN ({0}) ORDER BY ROUTINE_SCHEMA, "
      "FIELD(ROUTINE_TYPE,'PACKAGE','PACKAGE BODY','FUNCTION','PROCEDURE'), ROUTINE_NAME;"
      "SELECT TRIGGER_SCHEMA, 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS "
      "WHERE TRIGGER_SCHEMA IN ({0}) ORDER BY TRIGGER_SCHEMA, EVENT_OBJECT_TABLE, ACTION_TIMING, "
      "EVENT_MANIPULATION, ACTION_ORDER;"
      "SELECT EVENT_SCHEMA, 'EVENT', EVENT_NAME FROM information_schema.EVENTS "
      "WHERE EVENT_SCHEMA IN ({0}) ORDER BY EVENT_SCHEMA, EVENT_NAME;"
      "SELECT TABLE_SCHEMA, 'VIEW', TABLE_NAME FROM information_schema.TABLES "
      "WHERE TABLE_TYPE='VIEW' AND TABLE_SCHEMA IN ({0}) ORDER BY TABLE_SCHEMA, TABLE_NAME;",
      list);
  BACKSTAY_ASSIGN(const Rows rows, ask(server, sql, 3));
  std::vector<CodeObject> objects;
  objects.reserve(rows.size());
  for (const auto& row : rows)
    objects.push_back({row[0], row[1], row[2]});
  std::stable_sort(objects.begin(), objects.end(), [](const CodeObject& a, const CodeObject& b) {
    return a.database < b.database;
  });
  return objects;
}

std::pair<int, int> release_of(const std::string& version) {
  std::pair<int, int> release{0, 0};
  const char* const end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, release.first);
  if (error == std::errc() && dot != end)
    std::from_chars(dot + 1, end, release.second);
  return release;
}

}  // namespace backstay::runtime
