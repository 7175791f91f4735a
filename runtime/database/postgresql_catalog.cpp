// Queries to pg_catalog ("System Catalogs", PostgreSQL documentation) and the statements that make
// a database again.
#include "runtime/database/postgresql_catalog.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

// By to_jsonb: columns that a release does not have are NULL (locale moved twice since 15).
constexpr std::string_view kDatabases = R"(
SELECT d.datname, r.rolname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
  coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
  coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', ''),
  d.datconnlimit, d.datallowconn, d.datacl IS NOT NULL,
  coalesce(shobj_description(d.oid, 'pg_database'), ''), pg_database_size(d.oid)
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE NOT d.datistemplate ORDER BY 1;
)";

constexpr std::string_view kGrants = R"(
SELECT d.datname, coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_database d, LATERAL aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE NOT d.datistemplate ORDER BY 1, 2, 3;
)";

// Lists of names are stored as they are written (guc.h, GUC_LIST_QUOTE); all else is one literal.
constexpr std::string_view kSettings = R"(
SELECT d.datname, coalesce(r.rolname, ''), split_part(c, '=', 1),
  CASE WHEN split_part(c, '=', 1) IN ('local_preload_libraries', 'search_path',
    'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces',
    'unix_socket_directories') THEN substr(c, strpos(c, '=') + 1)
  ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END
FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
  LEFT JOIN pg_roles r ON r.oid = s.setrole, LATERAL unnest(s.setconfig) c
WHERE NOT d.datistemplate ORDER BY 1, 2, 3;
)";

// What belongs to an extension comes with it; what the server itself brings has low numbers.
constexpr std::string_view kAnyObject = R"(
SELECT EXISTS (SELECT 1 FROM pg_class WHERE oid >= 16384 AND relnamespace <> 99)
  OR EXISTS (SELECT 1 FROM pg_proc WHERE oid >= 16384)
  OR EXISTS (SELECT 1 FROM pg_type WHERE oid >= 16384)
  OR EXISTS (SELECT 1 FROM pg_extension WHERE oid >= 16384)
  OR EXISTS (SELECT 1 FROM pg_largeobject_metadata)
  OR EXISTS (SELECT 1 FROM pg_namespace WHERE oid >= 16384 AND nspname NOT LIKE 'pg\_%');
)";

template <typename Number>
Number number_of(const std::string& text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

PostgresDatabaseState state_of(std::vector<std::string> row) {
  return {.database = {.name = row[0],
                       .owner = row[1],
                       .encoding = row[2],
                       .locale_provider = row[5],
                       .collate = row[3],
                       .character_type = row[4],
                       .locale = row[6],
                       .comment = row[10],
                       .connection_limit = number_of<std::int64_t>(row[7]),
                       .own_grants = row[9] == "t",
                       .grants = {},
                       .settings = {}},
          .bytes = number_of<std::uint64_t>(row[11]),
          .connectable = row[8] == "t"};
}

Result<std::vector<std::string>> names(const PostgresServer& server, std::string_view sql) {
  BACKSTAY_ASSIGN(const Rows rows, server.query(kMaintenanceDatabase, sql, 1));
  std::vector<std::string> found;
  for (const auto& row : rows)
    found.push_back(row[0]);
  return found;
}

}  // namespace

Result<std::string> postgres_version(const PostgresServer& server) {
  BACKSTAY_ASSIGN(const auto rows, names(server, "SHOW server_version;"));
  return rows.empty() ? std::string() : rows.front();
}

Result<std::map<std::string, PostgresDatabaseState>> postgres_databases(
    const PostgresServer& server) {
  BACKSTAY_ASSIGN(const Rows rows, server.query(kMaintenanceDatabase, kDatabases, 12));
  BACKSTAY_ASSIGN(const Rows grants, server.query(kMaintenanceDatabase, kGrants, 4));
  BACKSTAY_ASSIGN(const Rows settings, server.query(kMaintenanceDatabase, kSettings, 4));
  std::map<std::string, PostgresDatabaseState> found;
  for (const auto& row : rows) {
    if (!is_side_name(row[0]))
      found.emplace(row[0], state_of(row));
  }
  for (const auto& row : grants) {
    if (const auto at = found.find(row[0]); at != found.end())
      at->second.database.grants.push_back({row[1], row[2], row[3] == "t"});
  }
  for (const auto& row : settings) {
    if (const auto at = found.find(row[0]); at != found.end())
      at->second.database.settings.push_back({row[1], row[2], row[3]});
  }
  return found;
}

Result<std::vector<std::string>> postgres_database_names(const PostgresServer& server) {
  return names(server, "SELECT datname FROM pg_database ORDER BY 1;");
}

Result<std::vector<std::string>> postgres_roles(const PostgresServer& server) {
  return names(server, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1;");
}

Result<bool> is_empty_database(const PostgresServer& server, const std::string& database) {
  BACKSTAY_ASSIGN(const Rows rows, server.query(database, kAnyObject, 1));
  return rows.size() == 1 && rows[0][0] == "f";
}

Result<TableRows> count_rows(const PostgresServer& server,
                             const std::string& database,
                             const TableRows& tables) {
  std::string sql = "SET search_path = '';\n";
  for (const auto& [table, rows] : tables) {
    // ONLY: a table's own rows, as COPY wrote them, without those of its partitions and heirs.
    sql += fmt::format("SELECT {}, count(*) FROM ONLY {};\n", quote_literal(table), table);
  }
  TableRows counted;
  if (tables.empty())
    return counted;
  BACKSTAY_ASSIGN(const Rows rows, server.query(database, sql, 2));
  for (const auto& row : rows)
    counted[row[0]] = number_of<std::uint64_t>(row[1]);
  return counted;
}

std::string create_statement(const PostgresDatabase& database, const std::string& name) {
  std::string sql = fmt::format(
      "CREATE DATABASE {} TEMPLATE template0 OWNER {} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
      quote_identifier(name), quote_identifier(database.owner), quote_literal(database.encoding),
      quote_literal(database.collate), quote_literal(database.character_type));
  if (database.locale_provider == "i")
    sql += " LOCALE_PROVIDER icu ICU_LOCALE " + quote_literal(database.locale);
  if (database.locale_provider == "b")
    sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + quote_literal(database.locale);
  return sql + ";\n";
}

std::string property_statements(const PostgresDatabase& database, const std::string& name) {
  const std::string quoted = quote_identifier(name);
  std::string sql =
      fmt::format("ALTER DATABASE {} CONNECTION LIMIT {};\n", quoted, database.connection_limit);
  if (!database.comment.empty())
    sql += fmt::format("COMMENT ON DATABASE {} IS {};\n", quoted, quote_literal(database.comment));
  for (const DatabaseSetting& setting : database.settings) {
    const std::string whose =
        setting.role.empty()
            ? "ALTER DATABASE " + quoted
            : fmt::format("ALTER ROLE {} IN DATABASE {}", quote_identifier(setting.role), quoted);
    sql += fmt::format("{} SET {} TO {};\n", whose, quote_identifier(setting.name), setting.value);
  }
  if (!database.own_grants)
    return sql;
  sql += fmt::format("REVOKE ALL ON DATABASE {} FROM PUBLIC;\n", quoted);
  for (const DatabaseGrant& grant : database.grants) {
    sql += fmt::format("GRANT {} ON DATABASE {} TO {}{};\n", grant.privilege, quoted,
                       grant.grantee.empty() ? "PUBLIC" : quote_identifier(grant.grantee),
                       grant.grantable ? " WITH GRANT OPTION" : "");
  }
  return sql;
}

}  // namespace backstay::runtime
