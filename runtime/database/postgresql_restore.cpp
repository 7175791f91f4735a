// Roles, imports, exchanges, in this order, with the way back: see the header.
#include "runtime/database/postgresql_restore.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/database/artefacts.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_globals.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::string rename_statement(const std::string& from, const std::string& to) {
  return fmt::format("ALTER DATABASE {} RENAME TO {};\n", quote_identifier(from),
                     quote_identifier(to));
}

std::string allow_statement(const std::string& database, bool allow) {
  return fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS {};\n", quote_identifier(database),
                     allow);
}

/// One restore of one server.
class ServerRestore {
 public:
  ServerRestore(const PostgresServer& server, const PostgresScope& scope, StepContext& context)
      : server_(server), scope_(scope), context_(context) {}

  Result<void> run() {
    // 1. Who owns and may use what is made next
    BACKSTAY_TRY(restore_globals());
    // 2. Everything beside, and counted there
    Result<void> done = import_all();
    if (done)
      done = pass_imported();
    // 3. Into their places
    for (std::size_t index = 0; done && index < scope_.databases.size(); ++index)
      done = exchange(scope_.databases[index]);
    if (done)
      return {};
    return take_back(std::move(done).error());
  }

 private:
  static Result<void> pass_imported() {
    BACKSTAY_FAILPOINT("restore-postgresql.imported");
    return {};
  }

  Result<void> restore_globals();
  Result<void> import_all();
  Result<void> import(const PostgresRestore& each);
  Result<void> compare_rows(const PostgresRestore& each);
  Result<void> exchange(const PostgresRestore& each);
  Error take_back(Error error);

  Result<void> ask(std::string_view sql) { return server_.execute(kMaintenanceDatabase, sql); }

  const PostgresServer& server_;
  const PostgresScope& scope_;
  StepContext& context_;
  std::vector<const PostgresRestore*> scratches_;  ///< that were begun
  std::vector<const PostgresRestore*> aside_;      ///< whose old database was renamed
  std::vector<const PostgresRestore*> placed_;     ///< that have their own name
};

Result<void> ServerRestore::restore_globals() {
  if (scope_.globals_component.empty())
    return {};
  BACKSTAY_ASSIGN(const std::string script,
                  read_artefact(context_, scope_.globals_component, "globals.sql"));
  BACKSTAY_ASSIGN(const auto roles, postgres_roles(server_));
  BACKSTAY_ASSIGN(const Rows spaces,
                  server_.query(kMaintenanceDatabase, "SELECT spcname FROM pg_tablespace;", 1));
  std::vector<std::string> tablespaces;
  for (const auto& row : spaces)
    tablespaces.push_back(row[0]);
  const GlobalsPlan globals =
      plan_globals(script, roles, tablespaces, context_.restore->request.in_place);
  for (const std::string& role : globals.kept) {
    context_.events.warning(context_.step.id,
                            "role " + role + " is there already and stays as it is");
  }
  Result<void> done = ask(globals.sql);
  if (!done)
    return std::move(done).error().while_doing("restoring roles");
  return {};
}

Result<void> ServerRestore::compare_rows(const PostgresRestore& each) {
  BACKSTAY_ASSIGN(const TableRows counted, count_rows(server_, each.scratch, each.facts.rows));
  for (const auto& [table, rows] : each.facts.rows) {
    const auto found = counted.find(table);
    if (found != counted.end() && found->second == rows)
      continue;
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("table {} has {} rows after the import, {} in the dump",
                                        table, found == counted.end() ? 0 : found->second, rows)};
  }
  return {};
}

Result<void> ServerRestore::import(const PostgresRestore& each) {
  BACKSTAY_TRY(ask(create_statement(each.facts.database, each.scratch)));
  BACKSTAY_ASSIGN(const auto reader,
                  context_.snapshot->open_stream(each.component, each.facts.stream));
  std::uint64_t bytes = 0;
  const auto feed = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    bytes += size;
    context_.events.progress(context_.step.id, bytes, each.target);
    return size;
  };
  BACKSTAY_ASSIGN(const Exit exit, server_.import(each.scratch, feed));
  if (!exit.ok())
    return postgres_error(server_.facts(), exit, "pg_restore");
  if (!exit.errors.empty())
    context_.events.warning(context_.step.id, "pg_restore says: " + exit.errors);
  return compare_rows(each);
}

Result<void> ServerRestore::import_all() {
  for (const PostgresRestore& each : scope_.databases) {
    scratches_.push_back(&each);
    Result<void> imported = import(each);
    if (!imported) {
      return std::move(imported).error().while_doing("importing database " +
                                                     each.facts.database.name);
    }
  }
  return {};
}

Result<void> ServerRestore::exchange(const PostgresRestore& each) {
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server_));
  const bool there = std::find(names.begin(), names.end(), each.target) != names.end();
  if (there) {
    // A database is renamed only while nobody is in it; the units were stopped, a forgotten client
    // must not hold the restore.
    aside_.push_back(&each);
    BACKSTAY_TRY(ask(allow_statement(each.target, false) +
                     fmt::format("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                                 "WHERE datname = {} AND pid <> pg_backend_pid();\n",
                                 quote_literal(each.target)) +
                     rename_statement(each.target, each.aside)));
  }
  placed_.push_back(&each);
  BACKSTAY_TRY(ask(rename_statement(each.scratch, each.target)));
  BACKSTAY_TRY(ask(property_statements(each.facts.database, each.target)));
  BACKSTAY_FAILPOINT("restore-postgresql.exchanged");
  if (!there)
    return {};
  BACKSTAY_TRY(ask(allow_statement(each.aside, true)));
  BACKSTAY_ASSIGN(const bool empty, is_empty_database(server_, each.aside));
  if (empty)
    return ask(fmt::format("DROP DATABASE {};\n", quote_identifier(each.aside)));
  context_.restore->kept.push_back("database " + each.aside);
  return {};
}

Error ServerRestore::take_back(Error error) {
  std::vector<std::string> sql;
  for (const PostgresRestore* each : placed_)
    sql.push_back(rename_statement(each->target, each->scratch));
  for (const PostgresRestore* each : aside_) {
    sql.push_back(rename_statement(each->aside, each->target));
    sql.push_back(allow_statement(each->target, true));
  }
  for (const PostgresRestore* each : scratches_)
    sql.push_back(fmt::format("DROP DATABASE IF EXISTS {};\n", quote_identifier(each->scratch)));
  // Why all of them, whatever fails: one that was not reached has nothing to take back.
  for (const std::string& statement : sql)
    static_cast<void>(ask(statement));
  Result<std::vector<std::string>> names = postgres_database_names(server_);
  for (const PostgresRestore* each : aside_) {
    const bool lost = !names || std::find(names.value().begin(), names.value().end(),
                                          each->target) == names.value().end();
    if (lost)
      error.message += fmt::format("; database {} is still called {}", each->target, each->aside);
  }
  return error;
}

Result<void> extract(const PostgresScope& scope, StepContext& context) {
  const std::string& directory = context.restore->request.to_directory;
  BACKSTAY_TRY(make_directories(context.world.files, directory, 0755));
  for (const PostgresRestore& each : scope.databases) {
    BACKSTAY_TRY(copy_artefact(context, each.component, each.facts.stream,
                               directory + "/" + each.component + "." + each.facts.stream));
  }
  if (scope.globals_component.empty())
    return {};
  return copy_artefact(context, scope.globals_component, "globals.sql",
                       directory + "/" + scope.globals_component + ".globals.sql");
}

}  // namespace

Result<void> restore_postgres(const plan::RestorePostgresql& action, StepContext& context) {
  BACKSTAY_ASSIGN(const PostgresScope scope, postgres_scope(action, context));
  if (scope.databases.empty() && scope.globals_component.empty())
    return {};
  if (!context.restore->request.to_directory.empty())
    return extract(scope, context);
  BACKSTAY_TRY(check_postgres_targets(action, context));
  BACKSTAY_ASSIGN(const PostgresServer server, open_postgres(action.server, context));
  return ServerRestore(server, scope, context).run();
}

}  // namespace backstay::runtime
