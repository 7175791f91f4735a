#include "runtime/drill/check_databases.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

/// Few enough for one statement to be a short one.
constexpr std::size_t kTablesAtOnce = 100;

/// Rows of CHECK TABLE: table, `check`, kind of message, message. The last row of a table is its
/// status.
Result<void> judge_rows(const Rows& rows, StepContext& context) {
  for (const auto& row : rows) {
    if (row.size() != 4)
      continue;
    const bool status = row[2] == "status";
    const bool fine = status && (row[3] == "OK" || row[3] == "Table is already up to date");
    if (fine || row[2] == "note")
      continue;
    if (row[2] == "warning") {
      context.events.warning(context.step.id, fmt::format("CHECK TABLE {}: {}", row[0], row[3]));
      continue;
    }
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("CHECK TABLE {}: {}: {}", row[0], row[2], row[3])};
  }
  return {};
}

Result<void> check_tables(const MariadbServer& server,
                          const std::vector<std::string>& tables,
                          StepContext& context) {
  for (std::size_t from = 0; from < tables.size(); from += kTablesAtOnce) {
    std::string names;
    for (std::size_t at = from; at < std::min(tables.size(), from + kTablesAtOnce); ++at)
      names += (names.empty() ? "" : ", ") + tables[at];
    BACKSTAY_ASSIGN(const Rows rows, server.query("CHECK TABLE " + names + ";"));
    BACKSTAY_TRY(judge_rows(rows, context));
  }
  return {};
}

/// The rows of all tables, table by table.
Result<std::uint64_t> count_all(const MariadbServer& server,
                                const std::vector<std::string>& tables) {
  std::uint64_t rows = 0;
  for (std::size_t from = 0; from < tables.size(); from += kTablesAtOnce) {
    std::string sql;
    for (std::size_t at = from; at < std::min(tables.size(), from + kTablesAtOnce); ++at)
      sql += "SELECT COUNT(*) FROM " + tables[at] + ";\n";
    BACKSTAY_ASSIGN(const Rows counted, server.query(sql));
    for (const auto& row : counted)
      rows += std::strtoull(row[0].c_str(), nullptr, 10);
  }
  return rows;
}

std::vector<std::string> tables_to_check(const DatabaseState& state) {
  std::vector<std::string> tables;
  for (const auto& [table, facts] : state.tables) {
    if (facts.type != "SEQUENCE")
      tables.push_back(quote_name(state.name) + "." + quote_name(table));
  }
  return tables;
}

}  // namespace

Result<void> check_drilled(const plan::RestoreMariadb& action, StepContext& context) {
  BACKSTAY_ASSIGN(const RestoreScope scope, restore_scope(action, context));
  BACKSTAY_ASSIGN(const MariadbServer server, open_restore_server(action, context));
  std::vector<std::string> tables;
  for (const DatabaseRestore& each : scope.databases) {
    DrilledDatabase found{
        .component = each.component, .database = each.target, .server = action.server};
    for (const auto& [table, facts] : each.facts.tables) {
      if (facts.sequence)
        continue;
      tables.push_back(quote_name(each.target) + "." + quote_name(table));
      found.tables += 1;
      found.rows += facts.rows;
    }
    context.drill->databases.push_back(std::move(found));
  }
  return check_tables(server, tables, context);
}

Result<void> check_drilled(const plan::RestoreMariadbPhysical& action, StepContext& context) {
  BACKSTAY_ASSIGN(const plan::Server* facts, find_server(context, action.server));
  BACKSTAY_ASSIGN(const auto server, MariadbServer::open(*facts, server_call(context, *facts)));
  BACKSTAY_ASSIGN(std::vector<std::string> names, user_databases(server));
  names.emplace_back("mysql");
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  for (const auto& [name, state] : states) {
    const auto tables = tables_to_check(state);
    BACKSTAY_TRY(check_tables(server, tables, context));
    if (name == "mysql")
      continue;
    BACKSTAY_ASSIGN(const std::uint64_t rows, count_all(server, tables));
    context.drill->databases.push_back({.component = action.component,
                                        .database = name,
                                        .server = action.server,
                                        .tables = tables.size(),
                                        .rows = rows});
  }
  return {};
}

Result<void> check_drilled(const plan::RestorePostgresql& action, StepContext& context) {
  BACKSTAY_ASSIGN(const PostgresScope scope, postgres_scope(action, context));
  BACKSTAY_ASSIGN(const PostgresServer server, open_postgres(action.server, context));
  for (const PostgresRestore& each : scope.databases) {
    BACKSTAY_ASSIGN(const TableRows counted, count_rows(server, each.target, each.facts.rows));
    DrilledDatabase found{
        .component = each.component, .database = each.target, .server = action.server};
    for (const auto& [table, rows] : each.facts.rows) {
      const auto now = counted.find(table);
      if (now == counted.end() || now->second != rows) {
        return Error{
            .kind = ErrorKind::Verification,
            .message = fmt::format("table {} of database {} has {} rows, {} in the dump", table,
                                   each.target, now == counted.end() ? 0 : now->second, rows)};
      }
      found.tables += 1;
      found.rows += rows;
    }
    context.drill->databases.push_back(std::move(found));
  }
  return {};
}

}  // namespace backstay::runtime
