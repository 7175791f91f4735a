// Roles, imports, exchanges, in this order, with the way back: see the header.
#include "runtime/database/postgresql_restore.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/database/artefacts.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_globals.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/postgresql_undo.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/parallel.hpp"
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

/// Undoes what a try that died did to this server, but for imports; whether it had come to its end.
Result<bool> settle_earlier(const PostgresServer& server,
                            const PostgresScope& scope,
                            StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr || !context.restore->again)
    return false;
  std::vector<std::pair<std::size_t, PostgresqlExchanged>> ours;
  std::size_t whole = 0;
  for (const RecordedChange& each : changes->changes()) {
    const auto* exchanged = std::get_if<PostgresqlExchanged>(&each.change);
    if (exchanged == nullptr || exchanged->server != server.facts().name ||
        each.state == ChangeState::TakenBack)
      continue;
    ours.emplace_back(each.number, *exchanged);
    whole += each.state == ChangeState::Made ? 1 : 0;
  }
  if (!scope.databases.empty() && whole == scope.databases.size())
    return true;
  for (auto each = ours.rbegin(); each != ours.rend(); ++each) {
    BACKSTAY_TRY(undo_postgresql(server, each->second));
    BACKSTAY_TRY(changes->taken_back(each->first));
  }
  return false;
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
  Result<void> note_roles(const std::string& script, const std::vector<std::string>& roles);
  Result<void> import_all();
  Result<std::set<std::string>> imported_before();
  Result<void> import_one(const PostgresRestore& each);
  /// The number of it in the restore's record; 0: nothing is kept of it.
  Result<std::size_t> note_import(const PostgresRestore& each);
  Result<void> import(const PostgresRestore& each);
  Result<void> compare_rows(const PostgresRestore& each);
  Result<void> exchange(const PostgresRestore& each);
  Error take_back(Error error);

  Result<void> ask(std::string_view sql) { return server_.execute(kMaintenanceDatabase, sql); }

  const PostgresServer& server_;
  const PostgresScope& scope_;
  StepContext& context_;
  std::atomic<std::uint64_t> bytes_ = 0;           ///< of all imports
  std::mutex mutex_;                               ///< of noted_imports_
  std::vector<const PostgresRestore*> scratches_;  ///< that were or may be begun
  std::vector<const PostgresRestore*> aside_;      ///< whose old database was renamed
  std::vector<const PostgresRestore*> placed_;     ///< that have their own name
  std::size_t noted_roles_ = 0;                    ///< numbers in the restore's record
  std::vector<std::size_t> noted_imports_;
  std::vector<std::size_t> noted_exchanges_;
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
  BACKSTAY_TRY(note_roles(script, roles));
  Result<void> done = ask(globals.sql);
  if (!done)
    return std::move(done).error().while_doing("restoring roles");
  return noted_roles_ > 0 ? context_.restore->changes->made(noted_roles_) : Result<void>();
}

Result<void> ServerRestore::note_roles(const std::string& script,
                                       const std::vector<std::string>& roles) {
  ChangeLog* changes = context_.restore->changes;
  if (changes == nullptr)
    return {};
  std::string before;
  BACKSTAY_ASSIGN(const Exit exit,
                  server_.dump_globals([&](std::span<const std::byte> bytes) -> Result<void> {
                    before.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    return {};
                  }));
  if (!exit.ok())
    return postgres_error(server_.facts(), exit, "pg_dumpall").while_doing("keeping the roles");
  PostgresqlRoles change{.component = scope_.globals_component, .server = server_.facts().name};
  for (const std::string& statement : split_statements(script)) {
    const std::string role = named_by(statement, "CREATE ROLE ");
    if (!role.empty() && std::find(roles.begin(), roles.end(), role) == roles.end())
      change.created.push_back(role);
  }
  BACKSTAY_ASSIGN(change.before,
                  changes->keep(artefact_name(server_.facts().name) + ".roles.sql", before));
  BACKSTAY_ASSIGN(noted_roles_, changes->about_to(change));
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
  const auto feed = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    context_.events.progress(context_.step.id, bytes_ += size, each.target);
    return size;
  };
  BACKSTAY_ASSIGN(const Exit exit, server_.import(each.scratch, feed));
  if (!exit.ok())
    return postgres_error(server_.facts(), exit, "pg_restore");
  if (!exit.errors.empty())
    context_.events.warning(context_.step.id, "pg_restore says: " + exit.errors);
  return compare_rows(each);
}

// Several at once: an import is one session, and most of its time one processor.
Result<void> ServerRestore::import_all() {
  BACKSTAY_ASSIGN(const std::set<std::string> whole, imported_before());
  std::vector<const PostgresRestore*> left;
  for (const PostgresRestore& each : scope_.databases) {
    scratches_.push_back(&each);
    if (!whole.contains(each.scratch))
      left.push_back(&each);
  }
  return for_each_parallel(
      left.size(),
      [&](std::size_t index) -> Result<void> {
        Result<void> imported = import_one(*left[index]);
        if (imported)
          return {};
        return std::move(imported).error().while_doing("importing database " +
                                                       left[index]->facts.database.name);
      },
      context_.stop);
}

Result<void> ServerRestore::import_one(const PostgresRestore& each) {
  BACKSTAY_ASSIGN(const std::size_t noted, note_import(each));
  BACKSTAY_TRY(import(each));
  return noted > 0 ? context_.restore->changes->made(noted) : Result<void>();
}

Result<std::size_t> ServerRestore::note_import(const PostgresRestore& each) {
  ChangeLog* changes = context_.restore->changes;
  if (changes == nullptr)
    return std::size_t{0};
  BACKSTAY_ASSIGN(const std::size_t number,
                  changes->about_to(DatabaseImported{.component = each.component,
                                                     .engine = "postgresql",
                                                     .server = server_.facts().name,
                                                     .target = each.target,
                                                     .scratch = each.scratch}));
  const std::lock_guard lock(mutex_);
  noted_imports_.push_back(number);
  return number;
}

// Scratch databases of a try that died: those that were counted stay, others are dropped.
Result<std::set<std::string>> ServerRestore::imported_before() {
  std::set<std::string> whole;
  ChangeLog* changes = context_.restore->changes;
  if (changes == nullptr || !context_.restore->again)
    return whole;
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server_));
  for (const RecordedChange& each : changes->changes()) {
    const auto* imported = std::get_if<DatabaseImported>(&each.change);
    if (imported == nullptr || imported->server != server_.facts().name ||
        each.state == ChangeState::TakenBack)
      continue;
    if (each.state == ChangeState::Made &&
        std::find(names.begin(), names.end(), imported->scratch) != names.end()) {
      whole.insert(imported->scratch);
      noted_imports_.push_back(each.number);
      continue;
    }
    BACKSTAY_TRY(undo_postgresql(server_, *imported));
    BACKSTAY_TRY(changes->taken_back(each.number));
  }
  return whole;
}

Result<void> ServerRestore::exchange(const PostgresRestore& each) {
  ChangeLog* changes = context_.restore->changes;
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server_));
  const bool there = std::find(names.begin(), names.end(), each.target) != names.end();
  std::size_t noted = 0;
  if (changes != nullptr) {
    BACKSTAY_ASSIGN(noted, changes->about_to(PostgresqlExchanged{.component = each.component,
                                                                 .server = server_.facts().name,
                                                                 .target = each.target,
                                                                 .scratch = each.scratch,
                                                                 .aside = each.aside,
                                                                 .created = !there}));
    noted_exchanges_.push_back(noted);
  }
  BACKSTAY_FAILPOINT("restore-postgresql.noted");
  if (there) {
    // A database is renamed only while nobody is in it; the units were stopped, a forgotten client
    // must not hold the restore.
    aside_.push_back(&each);
    BACKSTAY_TRY(ask(rename_alone(each.target, each.aside)));
    BACKSTAY_FAILPOINT("restore-postgresql.aside");
  }
  placed_.push_back(&each);
  BACKSTAY_TRY(ask(rename_statement(each.scratch, each.target)));
  BACKSTAY_TRY(ask(property_statements(each.facts.database, each.target)));
  // A try that was killed may have closed it when it was taken back.
  BACKSTAY_TRY(ask(allow_statement(each.target, true)));
  BACKSTAY_FAILPOINT("restore-postgresql.exchanged");
  if (there) {
    // It stays closed: what connects by a name of old must not write into what is set aside.
    context_.restore->kept.push_back("database " + each.aside);
  }
  return noted > 0 ? changes->made(noted) : Result<void>();
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
    if (lost)
      return error;
  }
  // Why nothing is marked where the server does not answer: the undo finds it all on record.
  if (!names)
    return error;
  for (const std::size_t number : noted_exchanges_)
    (void)context_.restore->changes->taken_back(number);
  for (const PostgresRestore* each : scratches_) {
    if (std::find(names->begin(), names->end(), each->scratch) == names->end())
      continue;
    error.message += "; left behind: database " + each->scratch;
    return error;
  }
  for (const std::size_t number : noted_imports_)
    (void)context_.restore->changes->taken_back(number);
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
  BACKSTAY_ASSIGN(const bool whole, settle_earlier(server, scope, context));
  return whole ? Result<void>() : ServerRestore(server, scope, context).run();
}

}  // namespace backstay::runtime
