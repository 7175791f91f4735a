// What a PostgreSQL server holds: databases with all that CREATE DATABASE says, roles, rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/database/postgresql_facts.hpp"

namespace backstay::runtime {

/// The database that every server has and that questions about others are asked in.
inline constexpr const char* kMaintenanceDatabase = "postgres";

/// A database that is there.
struct PostgresDatabaseState {
  PostgresDatabase database;
  std::uint64_t bytes = 0;  ///< on disk
  bool connectable = true;  ///< datallowconn
};

/// All queries: errors as PostgresServer::query().
/// `15.14 (Debian 15.14-0+deb12u1)`
[[nodiscard]] Result<std::string> postgres_version(const PostgresServer& server);
/// Databases that are no templates and none of Backstay's own, by name.
[[nodiscard]] Result<std::map<std::string, PostgresDatabaseState>> postgres_databases(
    const PostgresServer& server);
/// All databases by name, templates and Backstay's own with them.
[[nodiscard]] Result<std::vector<std::string>> postgres_database_names(
    const PostgresServer& server);
[[nodiscard]] Result<std::vector<std::string>> postgres_roles(const PostgresServer& server);
/// Whether nothing of a user's is in a database: no table, view, sequence, function or type.
[[nodiscard]] Result<bool> is_empty_database(const PostgresServer& server,
                                             const std::string& database);
/// Rows of each table, counted; names as in SQL. Errors: also NotFound for a missing table.
[[nodiscard]] Result<TableRows> count_rows(const PostgresServer& server,
                                           const std::string& database,
                                           const TableRows& tables);

/// Statements that make `database` under the name `name`, empty.
[[nodiscard]] std::string create_statement(const PostgresDatabase& database,
                                           const std::string& name);
/// Statements for its comment, limit, grants and settings, under the name `name`.
[[nodiscard]] std::string property_statements(const PostgresDatabase& database,
                                              const std::string& name);

}  // namespace backstay::runtime
