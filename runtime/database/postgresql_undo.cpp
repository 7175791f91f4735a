#include "runtime/database/postgresql_undo.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_globals.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::string allow(const std::string& database, bool allowed) {
  return fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS {};\n", quote_identifier(database),
                     allowed);
}

std::string terminate(const std::string& database) {
  return fmt::format(
      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = {} AND pid <> "
      "pg_backend_pid();\n",
      quote_literal(database));
}

Result<void> drop(const PostgresServer& server, const std::string& database) {
  BACKSTAY_CHECK(is_side_name(database), "only what Backstay made is dropped");
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server));
  if (std::find(names.begin(), names.end(), database) == names.end())
    return {};
  return server.execute(kMaintenanceDatabase,
                        allow(database, false) + terminate(database) +
                            fmt::format("DROP DATABASE {};\n", quote_identifier(database)));
}

}  // namespace

std::string rename_alone(const std::string& from, const std::string& to) {
  return allow(from, false) + terminate(from) +
         fmt::format("ALTER DATABASE {} RENAME TO {};\n", quote_identifier(from),
                     quote_identifier(to));
}

Result<void> undo_postgresql(const PostgresServer& server, const DatabaseImported& change) {
  return drop(server, change.scratch);
}

Result<void> undo_postgresql(const PostgresServer& server, const PostgresqlExchanged& change) {
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server));
  const auto has = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool brought = change.created || has(change.aside);
  if (!change.created && !has(change.aside) && !has(change.target)) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("neither database {} nor {} is there", change.target, change.aside),
        .hint = "somebody dropped or renamed it; the keep-current snapshot may hold it"};
  }
  if (brought && has(change.target)) {
    if (has(change.scratch))
      BACKSTAY_TRY(drop(server, change.scratch));
    BACKSTAY_TRY(server.execute(kMaintenanceDatabase, rename_alone(change.target, change.scratch)));
  }
  BACKSTAY_FAILPOINT("undo-postgresql.renamed");
  if (has(change.aside)) {
    BACKSTAY_TRY(server.execute(kMaintenanceDatabase, rename_alone(change.aside, change.target)));
  }
  return change.created ? Result<void>()
                        : server.execute(kMaintenanceDatabase, allow(change.target, true));
}

Result<void> undo_postgresql(
    const PostgresServer& server,
    const PostgresqlRoles& change,
    const std::function<Result<std::string>(const std::string& name)>& read_kept,
    const std::function<void(const std::string&)>& note) {
  BACKSTAY_ASSIGN(const std::string before, read_kept(change.before));
  BACKSTAY_ASSIGN(const auto roles, postgres_roles(server));
  BACKSTAY_ASSIGN(const Rows spaces,
                  server.query(kMaintenanceDatabase, "SELECT spcname FROM pg_tablespace;", 1));
  std::vector<std::string> tablespaces;
  for (const auto& row : spaces)
    tablespaces.push_back(row[0]);
  for (const std::string& role : change.created) {
    if (std::find(roles.begin(), roles.end(), role) == roles.end())
      continue;
    auto dropped = server.execute(kMaintenanceDatabase,
                                  fmt::format("DROP ROLE {};\n", quote_identifier(role)));
    if (!dropped)
      note(fmt::format("role {} stays: {}", role, to_string(dropped.error())));
  }
  return server.execute(kMaintenanceDatabase, plan_globals(before, roles, tablespaces, true).sql);
}

Result<void> commit_postgresql(const PostgresServer& server, const PostgresqlExchanged& change) {
  return change.created ? Result<void>() : drop(server, change.aside);
}

Result<std::uint64_t> postgresql_size(const PostgresServer& server, const std::string& database) {
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query(kMaintenanceDatabase,
                               fmt::format("SELECT pg_database_size(datname) FROM pg_database "
                                           "WHERE datname = {};",
                                           quote_literal(database)),
                               1));
  std::uint64_t bytes = 0;
  if (!rows.empty())
    std::from_chars(rows[0][0].data(), rows[0][0].data() + rows[0][0].size(), bytes);
  return bytes;
}

}  // namespace backstay::runtime
