// Look, rename back, code back: see the header.
#include "runtime/database/mariadb_undo.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

using Tables = std::map<std::string, TableState>;

/// One exchange, as the server shows it now.
class ExchangeUndo {
 public:
  ExchangeUndo(const MariadbServer& server, const MariadbExchanged& change)
      : server_(server), change_(change) {}

  Result<void> run(const ReadKept& read_kept) {
    BACKSTAY_ASSIGN(states_,
                    database_states(server_, {change_.target, change_.scratch, change_.aside}));
    BACKSTAY_TRY(check_aside());
    BACKSTAY_TRY(drop_code());
    BACKSTAY_FAILPOINT("undo-mariadb.code-dropped");
    BACKSTAY_TRY(rename_back());
    BACKSTAY_FAILPOINT("undo-mariadb.renamed");
    // Its import was noted after this, and so undone before it: nobody else drops the scratch
    // database.
    if (change_.keeps_none)
      BACKSTAY_TRY(drop_scratch());
    BACKSTAY_TRY(drop_empty(change_.aside));
    if (change_.created)
      return drop_empty(change_.target);
    BACKSTAY_TRY(server_.query(
        fmt::format("ALTER DATABASE {} {};", quote_name(change_.target), change_.old_defaults)));
    return change_.code.empty() ? Result<void>() : put_code(read_kept);
  }

 private:
  [[nodiscard]] Tables tables_of(const std::string& database) const {
    const auto found = states_.find(database);
    return found == states_.end() ? Tables() : found->second.tables;
  }

  // The server moves all tables in one step, so either all old ones are aside or none.
  [[nodiscard]] bool moved() const {
    return change_.old_tables.empty() ? !tables_of(change_.target).empty()
                                      : !tables_of(change_.aside).empty();
  }

  Result<void> check_aside() {
    const Tables aside = tables_of(change_.aside);
    const Tables target = tables_of(change_.target);
    for (const std::string& table : change_.old_tables) {
      const bool there = moved() ? aside.contains(table) : target.contains(table);
      if (there)
        continue;
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("table {} of database {} is neither in it nor in {}",
                                          table, change_.target, change_.aside),
                   .hint = "somebody dropped or moved it; the keep-current snapshot may hold it"};
    }
    return {};
  }

  // Triggers keep a table from moving; all of it comes back from the record.
  Result<void> drop_code() {
    if (!states_.contains(change_.target))
      return {};
    BACKSTAY_ASSIGN(const auto objects, code_objects(server_, {change_.target}));
    if (objects.empty())
      return {};
    std::string sql = fmt::format("SET lock_wait_timeout={};\n", kTableWait);
    for (const CodeObject& object : objects) {
      sql += fmt::format("DROP {} IF EXISTS {}.{};\n", object.kind, quote_name(object.database),
                         quote_name(object.name));
    }
    auto dropped = server_.query(sql);
    return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
  }

  Result<void> rename_back() {
    if (!moved())
      return {};
    const Tables now = tables_of(change_.target);
    const Tables in_scratch = tables_of(change_.scratch);
    std::string pairs;
    const auto add = [&](const std::string& from, const std::string& to, const std::string& table) {
      pairs += fmt::format("{}{}.{} TO {}.{}", pairs.empty() ? "" : ", ", quote_name(from),
                           quote_name(table), quote_name(to), quote_name(table));
    };
    for (const auto& [table, state] : now) {
      if (in_scratch.contains(table)) {
        return Error{.kind = ErrorKind::Refused,
                     .message = fmt::format("table {} is both in {} and in {}", table,
                                            change_.target, change_.scratch),
                     .hint = "drop the one in " + change_.scratch + ", then undo again"};
      }
      add(change_.target, change_.scratch, table);
    }
    for (const std::string& table : change_.old_tables)
      add(change_.aside, change_.target, table);
    if (pairs.empty())
      return {};
    std::string sql = fmt::format("CREATE DATABASE IF NOT EXISTS {};\nSET lock_wait_timeout={};\n",
                                  quote_name(change_.scratch), kTableWait);
    auto renamed = server_.query(sql + "RENAME TABLE " + pairs + ";\n");
    return renamed ? Result<void>() : Result<void>(std::move(renamed).error());
  }

  Result<void> drop_scratch() {
    BACKSTAY_CHECK(is_side_name(change_.scratch), "only what Backstay made is dropped");
    auto dropped = server_.query("DROP DATABASE IF EXISTS " + quote_name(change_.scratch) + ";");
    return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
  }

  // Only after a look: DROP DATABASE takes tables with it.
  Result<void> drop_empty(const std::string& name) {
    BACKSTAY_ASSIGN(const auto states, database_states(server_, {name}));
    const auto state = states.find(name);
    if (state == states.end())
      return {};
    if (!state->second.tables.empty()) {
      return Error{.kind = ErrorKind::Refused,
                   .message = "database " + name + " holds tables that no restore put there"};
    }
    auto dropped = server_.query("DROP DATABASE " + quote_name(name) + ";");
    return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
  }

  Result<void> put_code(const ReadKept& read_kept) {
    BACKSTAY_ASSIGN(const std::string code, read_kept(change_.code));
    if (change_.code_body_at > change_.code_views_at || change_.code_views_at > code.size())
      return Error{.kind = ErrorKind::BadInput, .message = change_.code + " was cut"};
    BACKSTAY_ASSIGN(
        const Exit exit,
        server_.feed(change_.target,
                     from_text(code.substr(change_.code_body_at,
                                           change_.code_views_at - change_.code_body_at)),
                     false));
    return exit.ok() ? Result<void>() : server_error(server_.facts(), exit, "mariadb");
  }

  const MariadbServer& server_;
  const MariadbExchanged& change_;
  std::map<std::string, DatabaseState> states_;
};

}  // namespace

Result<void> undo_mariadb(const MariadbServer& server, const DatabaseImported& change) {
  BACKSTAY_CHECK(is_side_name(change.scratch), "only what Backstay made is dropped");
  auto dropped = server.query("DROP DATABASE IF EXISTS " + quote_name(change.scratch) + ";");
  return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
}

Result<void> undo_mariadb(const MariadbServer& server,
                          const MariadbExchanged& change,
                          const ReadKept& read_kept) {
  auto undone = ExchangeUndo(server, change).run(read_kept);
  if (undone)
    return {};
  return std::move(undone).error().while_doing("taking database " + change.target +
                                               " back to what it was");
}

Result<void> put_views(const MariadbServer& server,
                       const std::map<std::string, std::string>& sql_of_databases) {
  std::string before;
  while (true) {
    std::string errors;
    for (const auto& [database, sql] : sql_of_databases) {
      if (sql.empty())
        continue;
      BACKSTAY_ASSIGN(const Exit exit, server.feed(database, from_text(sql), true));
      const std::string said = shown_errors(exit);
      if (!exit.ok() || !said.empty())
        errors += (errors.empty() ? "" : "; ") + database + ": " + said;
    }
    if (errors.empty())
      return {};
    if (errors == before)
      return Error{.kind = ErrorKind::ToolFailed, .message = "views are not back: " + errors};
    before = errors;
  }
}

Result<void> undo_mariadb_views(const MariadbServer& server,
                                const std::vector<MariadbExchanged>& changes,
                                const ReadKept& read_kept) {
  std::map<std::string, std::string> views;
  for (const MariadbExchanged& change : changes) {
    if (change.code.empty())
      continue;
    BACKSTAY_ASSIGN(const std::string code, read_kept(change.code));
    if (change.code_views_at <= code.size())
      views[change.target] = code.substr(change.code_views_at);
  }
  BACKSTAY_FAILPOINT("undo-mariadb.views");
  return put_views(server, views);
}

Result<void> undo_mariadb(const MariadbServer& server,
                          const MariadbAccounts& change,
                          const ReadKept& read_kept) {
  BACKSTAY_ASSIGN(const std::string before, read_kept(change.before));
  std::string restored;
  if (!change.restored.empty()) {
    BACKSTAY_ASSIGN(restored, read_kept(change.restored));
  }
  BACKSTAY_ASSIGN(const AccountsText now, capture_accounts(server));
  const std::string sql = accounts_back(before, now.sql, restored);
  BACKSTAY_FAILPOINT("undo-mariadb.accounts");
  BACKSTAY_ASSIGN(const auto roles, list_roles(server));
  // Why by force: a grant of before on a table that is gone by somebody else's hand must not keep
  // the others from coming back.
  BACKSTAY_ASSIGN(const Exit exit, server.feed("", from_text(sql), true));
  if (!exit.ok())
    return server_error(server.facts(), exit, "mariadb").while_doing("taking accounts back");
  return leave_roles(server, roles, before);
}

Result<void> commit_mariadb(const MariadbServer& server,
                            const MariadbExchanged& change,
                            const std::function<void(const std::string&)>& note) {
  BACKSTAY_CHECK(is_side_name(change.aside), "only what Backstay set aside is dropped");
  BACKSTAY_ASSIGN(const auto states, database_states(server, {change.aside}));
  const auto state = states.find(change.aside);
  if (state == states.end())
    return {};
  std::string sql = fmt::format("SET foreign_key_checks=0, lock_wait_timeout={};\n", kTableWait);
  std::size_t others = state->second.tables.size();
  for (const std::string& table : change.old_tables) {
    if (!state->second.tables.contains(table))
      continue;
    const bool sequence = state->second.tables.at(table).type == "SEQUENCE";
    sql += fmt::format("DROP {} IF EXISTS {}.{};\n", sequence ? "SEQUENCE" : "TABLE",
                       quote_name(change.aside), quote_name(table));
    --others;
  }
  BACKSTAY_FAILPOINT("commit-mariadb.drop");
  if (others == 0) {
    sql += "DROP DATABASE " + quote_name(change.aside) + ";\n";
  } else {
    note(fmt::format("database {} holds tables that no restore put there: it stays", change.aside));
  }
  auto dropped = server.query(sql);
  return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
}

Result<std::uint64_t> mariadb_size(const MariadbServer& server, const std::string& database) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, {database}));
  std::uint64_t bytes = 0;
  for (const auto& [name, state] : states) {
    for (const auto& [table, facts] : state.tables)
      bytes += facts.bytes;
  }
  return bytes;
}

}  // namespace backstay::runtime
