// What a restore step covers, from the manifest, and what it refuses before it changes anything.
#include <algorithm>

#include <fmt/format.h>

#include "lang/base/contains.hpp"
#include "runtime/database/artefacts.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/refusal.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

Result<void> take_component(const std::string& component,
                            StepContext& context,
                            PostgresScope& scope) {
  const RestoreRun& run = *context.restore;
  if (component.empty() || !run.components.contains(component))
    return {};
  const ComponentInfo* info = context.snapshot->component(component);
  if (info == nullptr)
    return not_in_snapshot(component);
  BACKSTAY_ASSIGN(PostgresFacts facts, read_postgres_facts(info->facts));
  const std::string& name = facts.database.name;
  if (!run.request.databases.empty() && !contains(run.request.databases, name))
    return {};
  const std::string target = name + run.request.database_suffix;
  const auto side = [&](std::string_view kind) {
    return side_name(target, kind, context.run_id, kLongestPostgresName);
  };
  scope.databases.push_back({.component = component,
                             .facts = std::move(facts),
                             .target = target,
                             .scratch = side("backstay"),
                             .aside = side("orig")});
  return {};
}

/// `15` of `15.14 (Debian …)`.
int major_release_of(const std::string& version) {
  return std::atoi(version.c_str());
}

/// Whether a restore that goes on has made this database before it died.
bool is_ours(const StepContext& context, const std::string& name) {
  const ChangeLog* changes = context.restore->changes;
  return changes != nullptr &&
         std::any_of(changes->changes().begin(), changes->changes().end(), [&](const auto& each) {
           const auto* imported = std::get_if<DatabaseImported>(&each.change);
           const auto* exchanged = std::get_if<PostgresqlExchanged>(&each.change);
           return (imported != nullptr && imported->scratch == name) ||
                  (exchanged != nullptr && exchanged->aside == name);
         });
}

Result<void> check_names(const PostgresServer& server,
                         const PostgresRestore& each,
                         const std::vector<std::string>& names,
                         bool in_place,
                         const StepContext& context) {
  if (each.target.size() > kLongestPostgresName) {
    return refused("the name " + each.target + " is longer than the 63 bytes of a server",
                   "choose a shorter --database-suffix");
  }
  for (const std::string& side : {each.scratch, each.aside}) {
    if (contains(names, side) && !is_ours(context, side)) {
      return refused("database " + side + " is there already",
                     "another restore with this run's name left it; look at it and drop it");
    }
  }
  if (in_place || !contains(names, each.target))
    return {};
  BACKSTAY_ASSIGN(const bool empty, is_empty_database(server, each.target));
  if (empty)
    return {};
  return refused(
      fmt::format("database {} on server `{}` is not empty", each.target, server.facts().name),
      "--in-place exchanges it and keeps the old one; --database-suffix restores beside it");
}

/// `'a', 'b'` of one text of each database.
template <typename Text>
std::string literals(const PostgresScope& scope, Text text) {
  std::string list;
  for (const PostgresRestore& each : scope.databases)
    list += (list.empty() ? "" : ", ") + quote_literal(text(each));
  return list;
}

/// Whose databases are made, and whose are renamed: roles that this login cannot act for.
Result<Rows> foreign_owners(const PostgresServer& server, const PostgresScope& scope) {
  return server.query(
      kMaintenanceDatabase,
      fmt::format("SELECT rolname FROM pg_roles WHERE (rolname IN ({}) OR oid IN (SELECT datdba "
                  "FROM pg_database WHERE datname IN ({}))) AND NOT pg_has_role(current_user, "
                  "oid, 'MEMBER') ORDER BY 1;",
                  literals(scope, [](const auto& each) { return each.facts.database.owner; }),
                  literals(scope, [](const auto& each) { return each.target; })),
      1);
}

/// What the login lacks is named before anything is changed. What single objects ask for (an
/// extension, a language) only the import tells, beside the real database.
Result<void> check_privileges(const PostgresServer& server, const PostgresScope& scope) {
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query(kMaintenanceDatabase,
                               "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles "
                               "WHERE rolname = current_user;",
                               3));
  if (rows.size() != 1 || rows[0][1] == "t")
    return {};
  const std::string role = quote_identifier(rows[0][0]);
  const auto lacks = [&](const std::string& what, const std::string& hint) {
    return Error{.kind = ErrorKind::Credentials,
                 .message = fmt::format("role {} on server `{}` lacks {}: nothing was changed",
                                        rows[0][0], server.facts().name, what),
                 .hint = hint};
  };
  if (!scope.globals_component.empty()) {
    return lacks(
        "SUPERUSER, which roles and their passwords take",
        fmt::format("ALTER ROLE {} SUPERUSER; or restore single databases with --database", role));
  }
  if (rows[0][2] != "t")
    return lacks("CREATEDB", fmt::format("ALTER ROLE {} CREATEDB;", role));
  BACKSTAY_ASSIGN(const Rows owners, foreign_owners(server, scope));
  if (owners.empty())
    return {};
  return lacks("membership in role " + owners[0][0] + ", which owns the database",
               fmt::format("GRANT {} TO {};", quote_identifier(owners[0][0]), role));
}

}  // namespace

Result<PostgresScope> postgres_scope(const plan::RestorePostgresql& action, StepContext& context) {
  PostgresScope scope;
  for (const plan::DatabaseComponent& each : action.databases)
    BACKSTAY_TRY(take_component(each.component, context, scope));
  const RestoreRun& run = *context.restore;
  for (const std::string& component : run.components) {
    if (!action.all_component.empty() && component.starts_with(action.all_component + "."))
      BACKSTAY_TRY(take_component(component, context, scope));
  }
  // Copies beside the real databases do not touch who may log in
  const bool globals = !action.accounts_component.empty() &&
                       run.components.contains(action.accounts_component) &&
                       run.request.database_suffix.empty();
  if (!globals)
    return scope;
  const ComponentInfo* info = context.snapshot->component(action.accounts_component);
  if (info == nullptr)
    return not_in_snapshot(action.accounts_component);
  scope.globals_component = action.accounts_component;
  BACKSTAY_ASSIGN(scope.globals, read_globals_facts(info->facts));
  return scope;
}

Result<PostgresServer> open_postgres(const std::string& name, StepContext& context) {
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, name));
  return PostgresServer::open(*server, server_call(context, *server));
}

Result<void> check_postgres_targets(const plan::RestorePostgresql& action, StepContext& context) {
  const RestoreRequest& request = context.restore->request;
  if (!request.to_directory.empty())
    return {};
  BACKSTAY_ASSIGN(const PostgresScope scope, postgres_scope(action, context));
  if (scope.databases.empty() && scope.globals_component.empty())
    return {};
  BACKSTAY_ASSIGN(const PostgresServer server, open_postgres(action.server, context));
  BACKSTAY_ASSIGN(const std::string version, postgres_version(server));
  BACKSTAY_TRY(check_privileges(server, scope));
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server));
  for (const PostgresRestore& each : scope.databases) {
    if (major_release_of(each.facts.server_version) > major_release_of(version)) {
      return Error{
          .kind = ErrorKind::ToolMissing,
          .message = fmt::format("database {} was dumped from PostgreSQL {}, the server "
                                 "is {}",
                                 each.facts.database.name, each.facts.server_version, version),
          .hint = "restore into a server of that release or a newer one"};
    }
    BACKSTAY_TRY(check_names(server, each, names,
                             request.in_place && request.database_suffix.empty(), context));
  }
  return {};
}

}  // namespace backstay::runtime
