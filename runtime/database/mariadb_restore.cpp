// Accounts, imports, exchanges, code, in this order, with the way back: see the header.
#include "runtime/database/mariadb_restore.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/mariadb_exchange.hpp"
#include "runtime/database/mariadb_import.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// One restore of one server.
class ServerRestore {
 public:
  ServerRestore(const MariadbServer& server, const RestoreScope& scope, StepContext& context)
      : server_(server), scope_(scope), context_(context) {}

  Result<void> run() {
    BACKSTAY_ASSIGN(present_, capture_accounts(server_));
    // 1. Who may log in, before tables and code name them
    BACKSTAY_TRY(restore_accounts());
    // 2. Everything beside, and proven there
    Result<void> done = import_all();
    if (done)
      done = pass_imported();
    // 3. All tables into their places, then all code: it may refer to other databases
    if (done)
      done = exchange_all();
    if (done)
      done = apply_code();
    if (done)
      done = apply_views();
    if (!done)
      return take_back(std::move(done).error());
    for (DatabaseExchange& each : exchanges_)
      BACKSTAY_TRY(each.finish());
    // 4. Grants on single tables and routines, which are there now: those of the backup, and those
    // of today, because DROP PROCEDURE took them along
    BACKSTAY_TRY(grant_objects());
    return grant_again();
  }

 private:
  Result<void> restore_accounts();
  Result<void> save_accounts();
  Result<void> import_all();

  static Result<void> pass_imported() {
    BACKSTAY_FAILPOINT("restore-mariadb.imported");
    return {};
  }

  Result<void> exchange_all();
  Result<void> apply_code();
  Result<void> apply_views();
  Result<std::string> try_views();
  Result<void> grant_objects();
  Result<void> grant_again();
  Error take_back(Error error);
  [[nodiscard]] bool restores(const std::string& database) const;

  const MariadbServer& server_;
  const RestoreScope& scope_;
  StepContext& context_;
  AccountsText present_;            ///< accounts as they were before
  std::string accounts_;            ///< accounts.sql of the snapshot
  std::vector<std::string> codes_;  ///< code.sql of each database of the scope
  std::size_t imported_ = 0;        ///< scratch databases that were begun
  std::deque<DatabaseExchange> exchanges_;
};

Result<void> ServerRestore::save_accounts() {
  if (present_.accounts + present_.roles == 0)
    return {};
  const std::string directory = context_.world.directories.state + "/restores/" + context_.run_id;
  BACKSTAY_TRY(make_directories(context_.world.files, directory, 0700));
  const std::string path = directory + "/" + artefact_name(server_.facts().name) + ".accounts.sql";
  BACKSTAY_TRY(write_new_file(context_.world.files, path, present_.sql, 0600));
  BACKSTAY_TRY(context_.world.files.sync_directory(directory));
  context_.restore->kept.push_back(path);
  return {};
}

Result<void> ServerRestore::restore_accounts() {
  if (scope_.accounts_component.empty())
    return {};
  BACKSTAY_ASSIGN(accounts_, read_artefact(context_, scope_.accounts_component, "accounts.sql"));
  // Why not all of it: a role that is there already can be granted by its administrator only
  const std::string sql =
      missing_statements(accounts_.substr(0, scope_.accounts.objects_at), present_.sql);
  BACKSTAY_TRY(save_accounts());
  BACKSTAY_ASSIGN(const auto roles, list_roles(server_));
  BACKSTAY_ASSIGN(const Exit exit, server_.feed("", from_text(sql), false));
  if (!exit.ok())
    return server_error(server_.facts(), exit, "mariadb").while_doing("restoring accounts");
  return leave_roles(server_, roles, accounts_);
}

Result<void> ServerRestore::import_all() {
  for (const DatabaseRestore& each : scope_.databases) {
    BACKSTAY_ASSIGN(std::string code,
                    read_artefact(context_, each.component, each.facts.code_stream));
    if (each.facts.code_body_at > code.size() || each.facts.code_views_at > code.size()) {
      return Error{.kind = ErrorKind::Verification,
                   .message = each.component + ": code.sql is shorter than the manifest says"};
    }
    codes_.push_back(std::move(code));
  }
  return import_databases(server_, scope_.databases, context_, imported_);
}

Result<void> ServerRestore::exchange_all() {
  for (const DatabaseRestore& each : scope_.databases) {
    exchanges_.emplace_back(server_, each, context_);
    Result<void> exchanged = exchanges_.back().exchange();
    if (!exchanged) {
      return std::move(exchanged).error().while_doing("exchanging database " + each.target);
    }
  }
  return {};
}

Result<void> ServerRestore::apply_code() {
  for (std::size_t index = 0; index < codes_.size(); ++index) {
    const DatabaseRestore& each = scope_.databases[index];
    const std::size_t from = each.facts.code_body_at;
    BACKSTAY_ASSIGN(
        const Exit exit,
        server_.feed(each.target,
                     from_text(codes_[index].substr(from, each.facts.code_views_at - from)),
                     false));
    if (exit.ok())
      continue;
    return server_error(server_.facts(), exit, "mariadb")
        .while_doing("restoring routines, triggers and events of " + each.target);
  }
  return {};
}

Result<std::string> ServerRestore::try_views() {
  std::string errors;
  for (std::size_t index = 0; index < codes_.size(); ++index) {
    const DatabaseRestore& each = scope_.databases[index];
    const std::string sql = codes_[index].substr(each.facts.code_views_at);
    if (sql.empty())
      continue;
    BACKSTAY_ASSIGN(const Exit exit, server_.feed(each.target, from_text(sql), true));
    const std::string said = shown_errors(exit);
    if (!exit.ok() || !said.empty())
      errors += (errors.empty() ? "" : "; ") + each.target + ": " + said;
  }
  return errors;
}

Result<void> ServerRestore::apply_views() {
  // A view may name views of other databases, in both directions: each pass makes those whose
  // ground is there; n databases need at most as many passes as the chain is long.
  std::string before;
  while (true) {
    BACKSTAY_ASSIGN(const std::string errors, try_views());
    if (errors.empty())
      return {};
    if (errors == before) {
      return Error{.kind = ErrorKind::ToolFailed,
                   .message = "views cannot be made again: " + errors,
                   .hint =
                       "a view refers to a database that is neither on the server nor in this "
                       "restore; restore it too, or first"};
    }
    before = errors;
  }
}

bool ServerRestore::restores(const std::string& database) const {
  return std::any_of(scope_.databases.begin(), scope_.databases.end(),
                     [&](const DatabaseRestore& each) { return each.target == database; });
}

Result<void> ServerRestore::grant_objects() {
  const std::size_t from = std::min<std::size_t>(accounts_.size(), scope_.accounts.objects_at);
  for (const std::string_view line : lines_of(std::string_view(accounts_).substr(from))) {
    if (!line.starts_with("GRANT "))
      continue;
    Result<Rows> granted = server_.query(line);
    if (granted)
      continue;
    if (restores(object_database(line)))
      return std::move(granted).error().while_doing("restoring a grant");
    context_.events.warning(
        context_.step.id,
        "a grant was left out, its object is not in this restore: " + std::string(line));
  }
  return {};
}

Result<void> ServerRestore::grant_again() {
  BACKSTAY_ASSIGN(const AccountsText now, capture_accounts(server_));
  const std::string lost = missing_statements(present_.sql.substr(present_.objects_at), now.sql);
  for (const std::string_view line : lines_of(lost)) {
    if (!line.starts_with("GRANT ") || !restores(object_database(line)))
      continue;
    Result<Rows> granted = server_.query(line);
    if (!granted) {
      context_.events.warning(context_.step.id,
                              "a grant of today has no object any more: " + std::string(line));
    }
  }
  return {};
}

Error ServerRestore::take_back(Error error) {
  for (auto each = exchanges_.rbegin(); each != exchanges_.rend(); ++each) {
    Result<void> undone = each->undo();
    if (undone)
      continue;
    error.message += "; and not undone: " + to_string(undone.error());
    error.hint = "put it back by hand before services start";
    return error;
  }
  for (std::size_t index = 0; index < imported_; ++index) {
    const std::string& scratch = scope_.databases[index].scratch;
    Result<Rows> dropped = server_.query("DROP DATABASE IF EXISTS " + quote_name(scratch) + ";");
    if (!dropped)
      error.message += "; left behind: database " + scratch;
  }
  Result<void> granted = grant_again();
  if (!granted)
    error.message += "; and grants on routines not renewed: " + to_string(granted.error());
  return error;
}

}  // namespace

Result<void> restore_databases(const plan::RestoreMariadb& action, StepContext& context) {
  BACKSTAY_ASSIGN(const RestoreScope scope, restore_scope(action, context));
  if (scope.databases.empty() && scope.accounts_component.empty())
    return {};
  const RestoreRequest& request = context.restore->request;
  if (!request.to_directory.empty())
    return extract_dumps(scope, request.to_directory, context);
  BACKSTAY_TRY(check_restore_targets(action, context));
  BACKSTAY_ASSIGN(const MariadbServer server, open_restore_server(action, context));
  return ServerRestore(server, scope, context).run();
}

}  // namespace backstay::runtime
