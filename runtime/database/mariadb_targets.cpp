// What a restore into a server refuses before it changes anything.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/mariadb_kept.hpp"
#include "runtime/database/mariadb_privileges.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/database/refusal.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"

namespace backstay::runtime {
namespace {

bool is_empty(const DatabaseState& state, const std::vector<CodeObject>& code) {
  return state.tables.empty() && state.views.empty() &&
         std::none_of(code.begin(), code.end(),
                      [&](const CodeObject& object) { return object.database == state.name; });
}

/// Foreign keys between a database to be exchanged and any other: a RENAME would bend them.
Result<void> refuse_crossing_keys(const MariadbServer& server,
                                  const std::vector<std::string>& names) {
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query("SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, "
                               "UNIQUE_CONSTRAINT_SCHEMA FROM "
                               "information_schema.REFERENTIAL_CONSTRAINTS WHERE "
                               "CONSTRAINT_SCHEMA <> UNIQUE_CONSTRAINT_SCHEMA AND "
                               "(CONSTRAINT_SCHEMA IN (" +
                               quote_list(names) + ") OR UNIQUE_CONSTRAINT_SCHEMA IN (" +
                               quote_list(names) + "));"));
  if (rows.empty() || rows[0].size() != 4)
    return {};
  return refused(fmt::format("foreign key `{}` of {}.{} refers to database {}: the two cannot be "
                             "exchanged in place",
                             rows[0][2], rows[0][0], rows[0][1], rows[0][3]),
                 "restore beside with --database-suffix, or drop the key first");
}

/// Whether a restore that goes on has made this database before it died.
bool is_ours(const StepContext& context, const std::string& name) {
  const ChangeLog* changes = context.restore->changes;
  return changes != nullptr &&
         std::any_of(changes->changes().begin(), changes->changes().end(), [&](const auto& each) {
           const auto* imported = std::get_if<DatabaseImported>(&each.change);
           const auto* exchanged = std::get_if<MariadbExchanged>(&each.change);
           return (imported != nullptr && imported->scratch == name) ||
                  (exchanged != nullptr && exchanged->aside == name);
         });
}

Result<void> refuse_taken_names(const MariadbServer& server,
                                const RestoreScope& scope,
                                const StepContext& context) {
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope.databases) {
    for (const std::string& name : {each.scratch, each.aside}) {
      if (!is_ours(context, name))
        names.push_back(name);
    }
    if (characters(each.target) <= 64)
      continue;
    return refused("the name " + each.target + " is longer than the 64 characters of a server",
                   "choose a shorter --database-suffix");
  }
  BACKSTAY_ASSIGN(const auto taken, database_states(server, names));
  if (taken.empty())
    return {};
  return refused("database " + taken.begin()->first + " is there already",
                 "another restore with this run's name left it; look at it and drop it");
}

/// Newer releases write what older ones cannot read, as new collations. The import would fail
/// beside the real database, so a word of warning is enough.
void warn_of_release(const RestoreScope& scope, const ServerState& state, StepContext& context) {
  for (const DatabaseRestore& each : scope.databases) {
    if (release_of(each.server_version) <= release_of(state.version))
      continue;
    context.events.warning(context.step.id,
                           fmt::format("database {} was dumped from MariaDB {}, the server is {}",
                                       each.facts.name, each.server_version, state.version));
    return;
  }
}

Result<void> check_packets(const MariadbServer& server,
                           const RestoreScope& scope,
                           const ServerState& state) {
  for (const DatabaseRestore& each : scope.databases) {
    if (each.facts.longest_statement < state.largest_packet)
      continue;
    const std::uint64_t need = (each.facts.longest_statement / 1024 + 2) * 1024;
    return Error{.kind = ErrorKind::ToolMissing,
                 .message = fmt::format("database {} has a statement of {} bytes, but server `{}` "
                                        "takes at most {} (max_allowed_packet)",
                                        each.facts.name, each.facts.longest_statement,
                                        server.facts().name, state.largest_packet),
                 .hint = fmt::format("for the time of the restore: SET GLOBAL "
                                     "max_allowed_packet={}",
                                     need)};
  }
  return {};
}

Result<void> check_databases(const MariadbServer& server,
                             const RestoreScope& scope,
                             const ServerState& state,
                             bool in_place) {
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  BACKSTAY_ASSIGN(const auto code, code_objects(server, names));
  std::vector<std::string> full;
  for (const auto& [name, present] : states) {
    if (!is_empty(present, code))
      full.push_back(name);
  }
  if (full.empty())
    return {};
  if (!in_place) {
    return refused(
        fmt::format("database {} on server `{}` is not empty", full.front(), server.facts().name),
        "--in-place exchanges it and keeps the old tables; --database-suffix restores "
        "beside it");
  }
  if (state.cluster_size > 1) {
    return refused(fmt::format("server `{}` is one of {} nodes of a Galera cluster: no restore in "
                               "place there",
                               server.facts().name, state.cluster_size),
                   "stop the other nodes, or restore beside with --database-suffix");
  }
  return refuse_crossing_keys(server, full);
}

/// Each database that is there must come back exactly from a dump of it. Where a try that goes on
/// has dropped the old tables, that was looked at then.
Result<void> check_exact(const MariadbServer& server,
                         const RestoreScope& scope,
                         const StepContext& context) {
  const ChangeLog* changes = context.restore->changes;
  if (changes != nullptr && began_to_drop(*changes, server.facts().name))
    return {};
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  for (const auto& [name, state] : states)
    BACKSTAY_TRY(refuse_inexact(state));
  return {};
}

/// What the code and the accounts of this restore ask of the account that brings them.
Result<RestoreDemands> demands_of(const MariadbServer& server,
                                  const RestoreScope& scope,
                                  StepContext& context) {
  RestoreDemands demands;
  for (const DatabaseRestore& each : scope.databases) {
    if (each.facts.code.empty())
      continue;
    demands.trusted_code = demands.trusted_code || each.facts.code.contains("function") ||
                           each.facts.code.contains("trigger");
    BACKSTAY_ASSIGN(const std::string code,
                    read_artefact(context, each.component, each.facts.code_stream));
    add_definers(code, demands.definers);
  }
  const ChangeLog* changes = context.restore->changes;
  const bool done = changes != nullptr && began_to_drop(*changes, server.facts().name);
  if (scope.accounts_component.empty() || done)
    return demands;
  BACKSTAY_ASSIGN(const std::string sql,
                  read_artefact(context, scope.accounts_component, "accounts.sql"));
  BACKSTAY_ASSIGN(const AccountsText present, capture_accounts(server));
  const std::string missing = missing_statements(sql, present.sql);
  for (const std::string_view line : lines_of(missing)) {
    demands.grants = demands.grants || line.starts_with("GRANT ");
    demands.accounts =
        demands.accounts || line.starts_with("CREATE ") || line.starts_with("ALTER ");
  }
  return demands;
}

/// Without --in-place an account that is there stays as it is, so it must be the same already.
Result<void> check_accounts(const MariadbServer& server,
                            const RestoreScope& scope,
                            StepContext& context) {
  BACKSTAY_ASSIGN(const std::string sql,
                  read_artefact(context, scope.accounts_component, "accounts.sql"));
  BACKSTAY_ASSIGN(const AccountsText present, capture_accounts(server));
  const auto now = account_definitions(present.sql);
  for (const auto& [account, definition] : account_definitions(sql)) {
    const auto found = now.find(account);
    if (found == now.end() || found->second == definition)
      continue;
    return refused(fmt::format("account {} on server `{}` has another password or other options "
                               "than in the backup",
                               account, server.facts().name),
                   "--in-place sets it back; or restore databases alone with --component");
  }
  return {};
}

}  // namespace

Result<MariadbServer> open_restore_server(const plan::RestoreMariadb& action,
                                          StepContext& context) {
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, action.server));
  return MariadbServer::open(*server, server_call(context, *server));
}

Result<void> check_restore_targets(const plan::RestoreMariadb& action, StepContext& context) {
  const RestoreRequest& request = context.restore->request;
  if (!request.to_directory.empty())
    return {};
  BACKSTAY_ASSIGN(const RestoreScope scope, restore_scope(action, context));
  if (scope.databases.empty() && scope.accounts_component.empty())
    return {};
  BACKSTAY_ASSIGN(const MariadbServer server, open_restore_server(action, context));
  BACKSTAY_ASSIGN(const ServerState state, server_state(server));
  BACKSTAY_ASSIGN(const RestoreDemands demands, demands_of(server, scope, context));
  BACKSTAY_TRY(require_restore_privileges(server, demands));
  warn_of_release(scope, state, context);
  BACKSTAY_TRY(check_packets(server, scope, state));
  BACKSTAY_TRY(refuse_taken_names(server, scope, context));
  BACKSTAY_TRY(
      check_databases(server, scope, state, request.in_place && request.database_suffix.empty()));
  if (request.without_orig)
    BACKSTAY_TRY(check_exact(server, scope, context));
  if (scope.accounts_component.empty() || request.in_place)
    return {};
  return check_accounts(server, scope, context);
}

}  // namespace backstay::runtime
