// Accounts, imports, exchanges, code, in this order, with the way back: see the header.
#include "runtime/database/mariadb_restore.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/mariadb_exchange.hpp"
#include "runtime/database/mariadb_import.hpp"
#include "runtime/database/mariadb_kept.hpp"
#include "runtime/database/mariadb_undo.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

Result<bool> holds_tables(const MariadbServer& server,
                          const std::string& database,
                          const DatabaseFacts& facts) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, {database}));
  const auto state = states.find(database);
  return state != states.end() &&
         std::equal(facts.tables.begin(), facts.tables.end(), state->second.tables.begin(),
                    state->second.tables.end(),
                    [](const auto& left, const auto& right) { return left.first == right.first; });
}

/// Undoes what a try that died did to this server, but for imports; whether it had come to its end,
/// so that nothing is left to do.
Result<bool> settle_earlier(const MariadbServer& server,
                            const RestoreScope& scope,
                            StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr || !context.restore->again)
    return false;
  std::size_t whole = 0;
  bool accounts = false;
  std::vector<const RecordedChange*> ours;
  for (const RecordedChange& each : changes->changes()) {
    if (each.state == ChangeState::TakenBack)
      continue;
    const auto* exchanged = std::get_if<MariadbExchanged>(&each.change);
    const auto* grants = std::get_if<MariadbAccounts>(&each.change);
    const bool made = each.state == ChangeState::Made;
    if (exchanged != nullptr && exchanged->server == server.facts().name) {
      ours.push_back(&each);
      whole += made ? 1 : 0;
    } else if (grants != nullptr && grants->server == server.facts().name) {
      ours.push_back(&each);
      accounts = accounts || made;
    }
  }
  if (accounts && whole == scope.databases.size())
    return true;
  if (began_to_drop(*changes, server.facts().name)) {
    for (const DatabaseRestore& each : scope.databases)
      BACKSTAY_TRY(back_to_scratch(server, each));
    return false;
  }
  const ReadKept read_kept = [&](const std::string& name) { return changes->read_kept(name); };
  std::vector<MariadbExchanged> back;
  for (auto each = ours.rbegin(); each != ours.rend(); ++each) {
    if (const auto* exchanged = std::get_if<MariadbExchanged>(&(*each)->change)) {
      BACKSTAY_TRY(undo_mariadb(server, *exchanged, read_kept));
      back.push_back(*exchanged);
    } else {
      BACKSTAY_TRY(undo_mariadb_views(server, std::exchange(back, {}), read_kept));
      BACKSTAY_TRY(undo_mariadb(server, std::get<MariadbAccounts>((*each)->change), read_kept));
    }
    BACKSTAY_TRY(changes->taken_back((*each)->number));
  }
  return false;
}

/// One restore of one server.
class ServerRestore {
 public:
  ServerRestore(const MariadbServer& server, const RestoreScope& scope, StepContext& context)
      : server_(server), scope_(scope), context_(context) {}

  Result<void> run() {
    BACKSTAY_TRY(look_at_accounts());
    if (!scope_.accounts_component.empty()) {
      BACKSTAY_ASSIGN(accounts_,
                      read_artefact(context_, scope_.accounts_component, "accounts.sql"));
    }
    BACKSTAY_TRY(note_accounts());
    // 1. Who may log in, before tables and code name them
    BACKSTAY_TRY(restore_accounts());
    // 2. Everything beside, and proven there; where there is no room for both, the old tables go
    Result<void> done = free_space();
    if (done)
      done = import_all();
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
    BACKSTAY_TRY(grant_again());
    return noted_accounts_ > 0 ? context_.restore->changes->made(noted_accounts_) : Result<void>();
  }

 private:
  Result<void> look_at_accounts();
  Result<void> go_on();
  Result<void> free_space();
  Result<void> set_aside_all();
  Result<void> restore_accounts();
  Result<void> note_accounts();
  Result<void> note_imports(const std::vector<DatabaseRestore>& databases);
  Result<std::set<std::string>> imported_before();
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
  std::deque<DatabaseExchange> exchanges_;
  bool dropped_ = false;            ///< old tables are gone: no way back but an undo
  std::size_t noted_accounts_ = 0;  ///< numbers in the restore's record
  std::vector<std::size_t> noted_imports_;
};

// As they were before the first change: a try that died and cannot be taken back has noted them.
Result<void> ServerRestore::look_at_accounts() {
  ChangeLog* changes = context_.restore->changes;
  dropped_ = changes != nullptr && began_to_drop(*changes, server_.facts().name);
  if (!dropped_) {
    BACKSTAY_ASSIGN(present_, capture_accounts(server_));
    return {};
  }
  for (const RecordedChange& each : changes->changes()) {
    const auto* accounts = std::get_if<MariadbAccounts>(&each.change);
    if (accounts == nullptr || accounts->server != server_.facts().name ||
        each.state == ChangeState::TakenBack)
      continue;
    noted_accounts_ = each.number;
    BACKSTAY_ASSIGN(present_.sql, changes->read_kept(accounts->before));
  }
  for (const std::string_view line : lines_of(present_.sql)) {
    if (!object_database(line).empty())
      break;
    present_.objects_at += line.size() + 1;
  }
  present_.objects_at = std::min(present_.objects_at, present_.sql.size());
  return go_on();
}

// What the dead try set aside, in the order of the scope.
Result<void> ServerRestore::go_on() {
  for (const DatabaseRestore& each : scope_.databases) {
    exchanges_.emplace_back(server_, each, CodeText{}, context_);
    for (const RecordedChange& change : context_.restore->changes->changes()) {
      const auto* exchanged = std::get_if<MariadbExchanged>(&change.change);
      if (exchanged != nullptr && exchanged->aside == each.aside &&
          exchanged->server == server_.facts().name && change.state != ChangeState::TakenBack)
        exchanges_.back().go_on(change.number, *exchanged);
    }
  }
  return {};
}

// Without room for both: aside, counted, dropped. From the first drop on there is no way back here.
Result<void> ServerRestore::free_space() {
  if (!context_.restore->request.without_orig)
    return {};
  if (!dropped_)
    BACKSTAY_TRY(set_aside_all());
  std::vector<const DatabaseExchange*> exchanges;
  for (const DatabaseExchange& each : exchanges_)
    exchanges.push_back(&each);
  Result<void> done = drop_set_aside(server_, exchanges, context_);
  dropped_ = began_to_drop(*context_.restore->changes, server_.facts().name);
  return done;
}

Result<void> ServerRestore::set_aside_all() {
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope_.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(auto codes, capture_code(server_, names));
  for (const DatabaseRestore& each : scope_.databases) {
    exchanges_.emplace_back(server_, each, std::move(codes[each.target]), context_);
    Result<void> aside = exchanges_.back().set_aside();
    if (!aside)
      return std::move(aside).error().while_doing("setting database " + each.target + " aside");
  }
  return {};
}

// Before the first change: accounts and, as dropping a routine takes its grants along, all grants.
Result<void> ServerRestore::note_accounts() {
  ChangeLog* changes = context_.restore->changes;
  if (changes == nullptr || noted_accounts_ > 0)
    return {};
  const std::string name = artefact_name(server_.facts().name);
  MariadbAccounts change{.component = scope_.accounts_component, .server = server_.facts().name};
  BACKSTAY_ASSIGN(change.before, changes->keep(name + ".accounts.sql", present_.sql));
  if (!scope_.accounts_component.empty()) {
    BACKSTAY_ASSIGN(change.restored, changes->keep(name + ".accounts.restored.sql", accounts_));
  }
  BACKSTAY_ASSIGN(noted_accounts_, changes->about_to(change));
  return {};
}

Result<void> ServerRestore::restore_accounts() {
  // A try that has begun to drop had done this wholly.
  if (scope_.accounts_component.empty() || dropped_)
    return {};
  // Why not all of it: a role that is there already can be granted by its administrator only
  const std::string sql =
      missing_statements(accounts_.substr(0, scope_.accounts.objects_at), present_.sql);
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
  BACKSTAY_ASSIGN(const std::set<std::string> whole, imported_before());
  std::vector<DatabaseRestore> missing;
  std::copy_if(scope_.databases.begin(), scope_.databases.end(), std::back_inserter(missing),
               [&](const DatabaseRestore& each) { return !whole.contains(each.scratch); });
  BACKSTAY_TRY(note_imports(missing));
  std::size_t begun = 0;
  BACKSTAY_TRY(import_databases(server_, missing, context_, begun));
  for (const std::size_t number : noted_imports_)
    BACKSTAY_TRY(context_.restore->changes->made(number));
  return {};
}

// Scratch databases of a try that died which hold all their tables: rows were counted then, and
// nobody else writes there. Others are dropped.
Result<std::set<std::string>> ServerRestore::imported_before() {
  std::set<std::string> whole;
  if (context_.restore->changes == nullptr || !context_.restore->again)
    return whole;
  for (const RecordedChange& each : context_.restore->changes->changes()) {
    const auto* imported = std::get_if<DatabaseImported>(&each.change);
    if (imported == nullptr || imported->server != server_.facts().name ||
        each.state == ChangeState::TakenBack)
      continue;
    const auto database =
        std::find_if(scope_.databases.begin(), scope_.databases.end(),
                     [&](const auto& wanted) { return wanted.scratch == imported->scratch; });
    if (database != scope_.databases.end() && each.state == ChangeState::Made) {
      BACKSTAY_ASSIGN(const bool there, holds_tables(server_, imported->scratch, database->facts));
      if (there) {
        whole.insert(imported->scratch);
        noted_imports_.push_back(each.number);
        continue;
      }
    }
    BACKSTAY_TRY(undo_mariadb(server_, *imported));
    BACKSTAY_TRY(context_.restore->changes->taken_back(each.number));
  }
  return whole;
}

Result<void> ServerRestore::note_imports(const std::vector<DatabaseRestore>& databases) {
  if (context_.restore->changes == nullptr)
    return {};
  for (const DatabaseRestore& each : databases) {
    BACKSTAY_ASSIGN(const std::size_t number, context_.restore->changes->about_to(
                                                  DatabaseImported{.component = each.component,
                                                                   .engine = "mariadb",
                                                                   .server = server_.facts().name,
                                                                   .target = each.target,
                                                                   .scratch = each.scratch}));
    noted_imports_.push_back(number);
  }
  return {};
}

Result<void> ServerRestore::exchange_all() {
  if (context_.restore->request.without_orig) {
    for (DatabaseExchange& each : exchanges_)
      BACKSTAY_TRY(each.move_in());
    return {};
  }
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope_.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(auto codes, capture_code(server_, names));
  for (const DatabaseRestore& each : scope_.databases) {
    exchanges_.emplace_back(server_, each, std::move(codes[each.target]), context_);
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
  if (dropped_) {
    error.hint = fmt::format(
        "{}the old tables are in snapshot {} alone: repeat the restore, which "
        "goes on, or `backstay restore --undo {}`, which brings them back",
        error.hint.empty() ? "" : error.hint + "; ", context_.restore->kept_current,
        context_.run_id);
    return error;
  }
  std::map<std::string, std::string> views;
  for (auto each = exchanges_.rbegin(); each != exchanges_.rend(); ++each) {
    Result<void> undone = each->undo();
    views[each->database().target] = each->old_views();
    if (undone)
      continue;
    error.message += "; and not undone: " + to_string(undone.error());
    error.hint = "put it back by hand before services start";
    return error;
  }
  if (Result<void> put = put_views(server_, views); !put)
    error.message += "; and not undone: " + to_string(put.error());
  bool all_dropped = true;
  for (const DatabaseRestore& each : scope_.databases) {
    Result<Rows> dropped =
        server_.query("DROP DATABASE IF EXISTS " + quote_name(each.scratch) + ";");
    all_dropped = all_dropped && dropped;
    if (!dropped)
      error.message += "; left behind: database " + each.scratch;
  }
  // Why else none: the undo takes away what is on record and not taken back.
  for (const std::size_t number : all_dropped ? noted_imports_ : std::vector<std::size_t>())
    (void)context_.restore->changes->taken_back(number);
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
  BACKSTAY_ASSIGN(const bool whole, settle_earlier(server, scope, context));
  return whole ? Result<void>() : ServerRestore(server, scope, context).run();
}

}  // namespace backstay::runtime
