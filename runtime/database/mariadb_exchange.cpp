// Save, drop, rename, and back: see the header.
#include "runtime/database/mariadb_exchange.hpp"

#include <fmt/format.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::string defaults(const std::string& charset, const std::string& collation) {
  return fmt::format("CHARACTER SET {} COLLATE {}", charset, collation);
}

Error still_used(Error error, const std::string& database) {
  if (first_error_number(error.message) != 1205)
    return error;
  error.message = fmt::format("tables of database {} are still used: {}", database, error.message);
  error.hint = "stop the services that use it (SHOW PROCESSLIST names them), then run again";
  return error;
}

/// DROP DATABASE takes tables with it, so only after a look.
Result<void> drop_empty_database(const MariadbServer& server, const std::string& name) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, {name}));
  const auto state = states.find(name);
  if (state == states.end())
    return {};
  if (!state->second.tables.empty()) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "database " + name + " should be empty but holds tables: it is kept"};
  }
  BACKSTAY_TRY(server.query("DROP DATABASE " + quote_name(name) + ";"));
  return {};
}

}  // namespace

Result<void> DatabaseExchange::prepare() {
  const std::string& name = each_->target;
  const std::string wanted = defaults(each_->facts.charset, each_->facts.collation);
  BACKSTAY_ASSIGN(const auto states, database_states(*server_, {name}));
  const auto state = states.find(name);
  if (state == states.end()) {
    BACKSTAY_TRY(note({}));
    BACKSTAY_TRY(server_->query(fmt::format("CREATE DATABASE {} {};", quote_name(name), wanted)));
    created_ = true;
    return {};
  }
  for (const auto& [table, facts] : state->second.tables)
    old_tables_.push_back(table);
  old_defaults_ = defaults(state->second.charset, state->second.collation);
  BACKSTAY_TRY(note(old_defaults_));
  BACKSTAY_TRY(drop_code());
  if (old_defaults_ != wanted) {
    BACKSTAY_TRY(server_->query(fmt::format("ALTER DATABASE {} {};", quote_name(name), wanted)));
  }
  if (old_tables_.empty())
    return {};
  BACKSTAY_TRY(server_->query(
      fmt::format("CREATE DATABASE {} {};", quote_name(each_->aside), old_defaults_)));
  aside_ = true;
  return {};
}

Result<void> DatabaseExchange::keep_code(MariadbExchanged& change) {
  if (old_code_.counts.empty())
    return {};
  BACKSTAY_ASSIGN(change.code, context_->restore->changes->keep(
                                   artefact_name(each_->target) + ".code.sql", old_code_.sql));
  change.code_body_at = old_code_.body_at;
  change.code_views_at = old_code_.views_at;
  return {};
}

// old_defaults  empty: the database is not there
Result<void> DatabaseExchange::note(const std::string& old_defaults) {
  ChangeLog* changes = context_->restore->changes;
  if (changes == nullptr)
    return {};
  MariadbExchanged change{.component = each_->component,
                          .server = server_->facts().name,
                          .target = each_->target,
                          .scratch = each_->scratch,
                          .aside = each_->aside,
                          .created = old_defaults.empty(),
                          .old_defaults = old_defaults,
                          .old_tables = old_tables_,
                          .keeps_none = keeps_none_};
  BACKSTAY_TRY(keep_code(change));
  BACKSTAY_ASSIGN(noted_, changes->about_to(change));
  BACKSTAY_FAILPOINT("restore-mariadb.noted");
  return {};
}

Result<void> DatabaseExchange::drop_code() {
  BACKSTAY_ASSIGN(const auto objects, code_objects(*server_, {each_->target}));
  if (objects.empty())
    return {};
  std::string sql = fmt::format("SET lock_wait_timeout={};\n", kTableWait);
  for (const CodeObject& object : objects) {
    sql += fmt::format("DROP {} IF EXISTS {}.{};\n", object.kind, quote_name(object.database),
                       quote_name(object.name));
  }
  dropped_ = true;
  Result<Rows> dropped = server_->query(sql);
  if (!dropped)
    return still_used(std::move(dropped).error(), each_->target);
  return {};
}

// All of it in one statement, which the server does wholly or not at all.
Result<void> DatabaseExchange::rename(bool old_ones, bool new_ones, bool back) {
  std::string pairs;
  const auto add = [&](const std::string& from, const std::string& to, const std::string& table) {
    const std::string name = quote_name(table);
    pairs += fmt::format("{}{}.{} TO {}.{}", pairs.empty() ? "" : ", ",
                         quote_name(back ? to : from), name, quote_name(back ? from : to), name);
  };
  const auto add_old = [&] {
    for (const auto& table : old_tables_)
      add(each_->target, each_->aside, table);
  };
  if (old_ones && !back)
    add_old();
  if (new_ones) {
    for (const auto& [table, facts] : each_->facts.tables)
      add(each_->scratch, each_->target, table);
  }
  if (old_ones && back)
    add_old();
  if (!pairs.empty()) {
    BACKSTAY_TRY(server_->query(
        fmt::format("SET lock_wait_timeout={};\nRENAME TABLE {};\n", kTableWait, pairs)));
  }
  old_moved_ = old_ones ? !back : old_moved_;
  new_moved_ = new_ones ? !back : new_moved_;
  return {};
}

Result<void> DatabaseExchange::exchange() {
  BACKSTAY_TRY(prepare());
  BACKSTAY_FAILPOINT("restore-mariadb.prepared");
  Result<void> renamed = rename(true, true, false);
  if (!renamed)
    return still_used(std::move(renamed).error(), each_->target);
  BACKSTAY_FAILPOINT("restore-mariadb.renamed");
  return {};
}

Result<void> DatabaseExchange::set_aside() {
  keeps_none_ = true;
  BACKSTAY_TRY(prepare());
  BACKSTAY_FAILPOINT("restore-mariadb.prepared");
  Result<void> renamed = rename(true, false, false);
  if (!renamed)
    return still_used(std::move(renamed).error(), each_->target);
  BACKSTAY_FAILPOINT("restore-mariadb.set-aside");
  return {};
}

Result<void> DatabaseExchange::move_in() {
  aside_ = false;
  Result<void> renamed = rename(false, true, false);
  if (!renamed)
    return still_used(std::move(renamed).error(), each_->target);
  BACKSTAY_FAILPOINT("restore-mariadb.renamed");
  return {};
}

void DatabaseExchange::go_on(std::size_t noted, const MariadbExchanged& change) {
  keeps_none_ = true;
  noted_ = noted;
  created_ = change.created;
  old_defaults_ = change.old_defaults;
  old_tables_ = change.old_tables;
}

Result<void> DatabaseExchange::move_back() {
  if (new_moved_)
    BACKSTAY_TRY(drop_code());
  if (old_moved_ || new_moved_)
    BACKSTAY_TRY(rename(old_moved_, new_moved_, true));
  if (created_) {
    BACKSTAY_TRY(drop_empty_database(*server_, each_->target));
    created_ = false;
  }
  if (aside_) {
    BACKSTAY_TRY(drop_empty_database(*server_, each_->aside));
    aside_ = false;
  }
  // Also where it was not altered: code that is being made may have left another one for a moment
  if (dropped_) {
    BACKSTAY_TRY(server_->query(
        fmt::format("ALTER DATABASE {} {};", quote_name(each_->target), old_defaults_)));
  }
  if (!dropped_ || old_code_.counts.empty())
    return {};
  BACKSTAY_ASSIGN(const Exit exit,
                  server_->feed(each_->target,
                                from_text(old_code_.sql.substr(
                                    old_code_.body_at, old_code_.views_at - old_code_.body_at)),
                                false));
  return exit.ok() ? Result<void>() : server_error(server_->facts(), exit, "mariadb");
}

Result<void> DatabaseExchange::undo() {
  Result<void> back = move_back();
  if (back && noted_ > 0)
    return context_->restore->changes->taken_back(noted_);
  if (back)
    return {};
  return std::move(back).error().while_doing(
      fmt::format("taking database {} back to what it was (old tables: {}, new ones: {}, old "
                  "routines, triggers, "
                  "events and views: state directory, restores/{})",
                  each_->target, aside_ ? each_->aside : each_->target,
                  new_moved_ ? each_->target : each_->scratch, context_->run_id));
}

std::string DatabaseExchange::old_views() const {
  return !dropped_ || old_code_.counts.empty() ? std::string()
                                               : old_code_.sql.substr(old_code_.views_at);
}

Result<void> DatabaseExchange::finish() {
  BACKSTAY_TRY(drop_empty_database(*server_, each_->scratch));
  if (aside_) {
    context_->restore->kept.push_back(
        fmt::format("database {} on {}", each_->aside, server_->facts().name));
  }
  return noted_ > 0 ? context_->restore->changes->made(noted_) : Result<void>();
}

}  // namespace backstay::runtime
