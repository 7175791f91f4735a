// One archive a database, decoded while it is written: see the header.
#include "runtime/database/postgresql_dump.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kArchive = "database.dump";
constexpr const char* kGlobals = "globals.sql";

Error no_database(const std::string& database, const std::string& server) {
  return {.kind = ErrorKind::NotFound,
          .message = fmt::format("database {} is not on server `{}`", database, server),
          .hint = "correct the name in the policy, or create the database"};
}

Error closed_database(const std::string& database) {
  return {.kind = ErrorKind::NotFound,
          .message = "database " + database + " lets nobody in (datallowconn is false)",
          .hint = "ALTER DATABASE … ALLOW_CONNECTIONS true, or leave it out with `except`"};
}

Result<void> dump_one(const PostgresDumpTarget& target,
                      const std::string& version,
                      const PostgresServer& server,
                      std::atomic<std::uint64_t>& bytes,
                      StepContext& context) {
  const std::string& name = target.state.database.name;
  PostgresFacts facts{.server = server.facts().name,
                      .server_version = version,
                      .started = to_rfc3339(context.world.clock.now()),
                      .stream = kArchive,
                      .database = target.state.database,
                      .rows = {}};
  if (!target.state.connectable)
    return closed_database(name);
  BACKSTAY_ASSIGN(const auto writer, context.staging->open_stream(target.component, kArchive));
  ArchiveCheck check(server);
  const auto take = [&](std::span<const std::byte> piece) -> Result<void> {
    BACKSTAY_TRY(writer->write(piece));
    check.write(piece);
    context.events.progress(context.step.id, bytes += piece.size(), name);
    return {};
  };
  BACKSTAY_ASSIGN(const Exit exit, server.dump(name, take));
  // pg_dump warns on stderr of what a restore would miss; silence is part of success.
  if (!exit.ok() || !exit.errors.empty())
    return postgres_error(server.facts(), exit, "pg_dump");
  BACKSTAY_ASSIGN(facts.rows, check.finish());
  BACKSTAY_FAILPOINT("dump-postgresql.decoded");
  BACKSTAY_TRY(writer->finish());
  return context.staging->complete(target.component, "postgresql-database",
                                   name + " on " + server.facts().name, to_json(facts));
}

Result<void> dump_roles(const std::string& component,
                        const std::string& version,
                        const PostgresServer& server,
                        StepContext& context) {
  BACKSTAY_ASSIGN(const auto roles, postgres_roles(server));
  BACKSTAY_ASSIGN(const auto writer, context.staging->open_stream(component, kGlobals));
  std::string tail;
  const auto take = [&](std::span<const std::byte> piece) -> Result<void> {
    tail.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    tail.erase(0, tail.size() - std::min<std::size_t>(tail.size(), 256));
    return writer->write(piece);
  };
  BACKSTAY_ASSIGN(const Exit exit, server.dump_globals(take));
  if (!exit.ok() || !exit.errors.empty())
    return postgres_error(server.facts(), exit, "pg_dumpall");
  if (tail.find("-- PostgreSQL database cluster dump complete") == std::string::npos) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "pg_dumpall ended without its last line: the roles are not complete"};
  }
  BACKSTAY_TRY(writer->finish());
  return context.staging->complete(
      component, "postgresql-globals", "roles on " + server.facts().name,
      to_json(GlobalsFacts{
          .server = server.facts().name, .server_version = version, .roles = roles.size()}));
}

}  // namespace

Result<PostgresProspect> find_postgres_targets(const plan::DumpPostgresql& action,
                                               const PostgresServer& server) {
  PostgresProspect prospect;
  BACKSTAY_ASSIGN(prospect.version, postgres_version(server));
  BACKSTAY_ASSIGN(const auto present, postgres_databases(server));
  std::set<std::string> taken(action.all_except.begin(), action.all_except.end());
  for (const plan::DatabaseComponent& each : action.databases) {
    const auto state = present.find(each.database);
    taken.insert(each.database);
    if (state == present.end()) {
      prospect.missing.push_back(each);
    } else {
      prospect.targets.push_back({.component = each.component, .state = state->second});
    }
  }
  if (action.all_component.empty())
    return prospect;
  for (const auto& [name, state] : present) {
    if (!taken.contains(name) && name != kMaintenanceDatabase) {
      prospect.targets.push_back(
          {.component = action.all_component + "." + artefact_name(name), .state = state});
    }
  }
  if (prospect.targets.size() + prospect.missing.size() > action.databases.size())
    return prospect;
  return Error{
      .kind = ErrorKind::NotFound,
      .message = fmt::format("`database all` finds no database on server `{}`", action.server),
      .hint = "name the databases, or take the fact out of the policy"};
}

Result<void> dump_postgres(const plan::DumpPostgresql& action,
                           const PostgresServer& server,
                           StepContext& context) {
  BACKSTAY_ASSIGN(const PostgresProspect prospect, find_postgres_targets(action, server));
  Result<void> worst;
  std::mutex mutex;
  const auto note = [&](const std::string& component, Result<void> done) {
    if (done)
      return;
    const std::lock_guard lock(mutex);
    context.staging->fail(component, to_string(done.error()));
    if (worst)
      worst = std::move(done);
  };
  for (const plan::DatabaseComponent& each : prospect.missing)
    note(each.component, no_database(each.database, action.server));
  // Several at once, each of an instant of its own: PostgreSQL has none across databases.
  std::atomic<std::uint64_t> bytes = 0;
  BACKSTAY_TRY(for_each_parallel(
      prospect.targets.size(),
      [&](std::size_t index) -> Result<void> {
        const PostgresDumpTarget& target = prospect.targets[index];
        note(target.component, dump_one(target, prospect.version, server, bytes, context));
        return {};
      },
      context.stop));
  if (!action.accounts_component.empty()) {
    note(action.accounts_component,
         dump_roles(action.accounts_component, prospect.version, server, context));
  }
  return worst;
}

}  // namespace backstay::runtime
