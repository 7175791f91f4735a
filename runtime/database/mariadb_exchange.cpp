// Save, drop, rename, and back: see the header.
#include "runtime/database/mariadb_exchange.hpp"

#include <fmt/format.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// Seconds to wait for somebody who still uses a table. Services are stopped before; a client that
/// was forgotten must not hold a restore for ever.
constexpr int kLockWait = 30;

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
  const std::string& name = x_each->target;
  const std::string wanted = defaults(x_each->facts.charset, x_each->facts.collation);
  BACKSTAY_ASSIGN(const auto states, database_states(*x_server, {name}));
  const auto state = states.find(name);
  if (state == states.end()) {
    BACKSTAY_TRY(x_server->query(fmt::format("CREATE DATABASE {} {};", quote_name(name), wanted)));
    x_created = true;
    return {};
  }
  for (const auto& [table, facts] : state->second.tables)
    x_old_tables.push_back(table);
  x_old_defaults = defaults(state->second.charset, state->second.collation);
  BACKSTAY_TRY(save_code());
  BACKSTAY_TRY(drop_code());
  if (x_old_defaults != wanted) {
    BACKSTAY_TRY(x_server->query(fmt::format("ALTER DATABASE {} {};", quote_name(name), wanted)));
    x_altered = true;
  }
  if (x_old_tables.empty())
    return {};
  BACKSTAY_TRY(x_server->query(
      fmt::format("CREATE DATABASE {} {};", quote_name(x_each->aside), x_old_defaults)));
  x_aside = true;
  return {};
}

Result<void> DatabaseExchange::save_code() {
  BACKSTAY_ASSIGN(auto codes, capture_code(*x_server, {x_each->target}));
  x_old_code = std::move(codes[x_each->target]);
  if (x_old_code.counts.empty())
    return {};
  const std::string directory =
      x_context->world.directories.state + "/restores/" + x_context->run_id;
  BACKSTAY_TRY(make_directories(x_context->world.files, directory, 0700));
  const std::string path = directory + "/" + artefact_name(x_each->aside) + ".code.sql";
  BACKSTAY_TRY(write_new_file(x_context->world.files, path, x_old_code.sql, 0600));
  BACKSTAY_TRY(x_context->world.files.sync_directory(directory));
  x_context->restore->kept.push_back(path);
  return {};
}

Result<void> DatabaseExchange::drop_code() {
  BACKSTAY_ASSIGN(const auto objects, code_objects(*x_server, {x_each->target}));
  if (objects.empty())
    return {};
  std::string sql = fmt::format("SET lock_wait_timeout={};\n", kLockWait);
  for (const CodeObject& object : objects) {
    sql += fmt::format("DROP {} IF EXISTS {}.{};\n", object.kind, quote_name(object.database),
                       quote_name(object.name));
  }
  x_dropped = true;
  Result<Rows> dropped = x_server->query(sql);
  if (!dropped)
    return still_used(std::move(dropped).error(), x_each->target);
  return {};
}

std::string DatabaseExchange::rename_statement(bool back) const {
  std::string pairs;
  const auto add = [&](const std::string& from, const std::string& to, const std::string& table) {
    const std::string name = quote_name(table);
    pairs += fmt::format("{}{}.{} TO {}.{}", pairs.empty() ? "" : ", ",
                         quote_name(back ? to : from), name, quote_name(back ? from : to), name);
  };
  const auto add_old = [&] {
    for (const auto& table : x_old_tables)
      add(x_each->target, x_each->aside, table);
  };
  const auto add_new = [&] {
    for (const auto& [table, facts] : x_each->facts.tables) {
      add(x_each->scratch, x_each->target, table);
    }
  };
  if (!back)
    add_old();
  add_new();
  if (back)
    add_old();
  if (pairs.empty())
    return {};
  return fmt::format("SET lock_wait_timeout={};\nRENAME TABLE {};\n", kLockWait, pairs);
}

Result<void> DatabaseExchange::exchange() {
  BACKSTAY_TRY(prepare());
  BACKSTAY_FAILPOINT("restore-mariadb.prepared");
  const std::string sql = rename_statement(false);
  if (sql.empty())
    return {};
  Result<Rows> renamed = x_server->query(sql);
  if (!renamed)
    return still_used(std::move(renamed).error(), x_each->target);
  x_moved = true;
  BACKSTAY_FAILPOINT("restore-mariadb.renamed");
  return {};
}

Result<void> DatabaseExchange::move_back() {
  if (x_moved) {
    BACKSTAY_TRY(drop_code());
    BACKSTAY_TRY(x_server->query(rename_statement(true)));
    x_moved = false;
  }
  if (x_created) {
    BACKSTAY_TRY(drop_empty_database(*x_server, x_each->target));
    x_created = false;
  }
  if (x_aside) {
    BACKSTAY_TRY(drop_empty_database(*x_server, x_each->aside));
    x_aside = false;
  }
  if (x_altered) {
    BACKSTAY_TRY(x_server->query(
        fmt::format("ALTER DATABASE {} {};", quote_name(x_each->target), x_old_defaults)));
  }
  if (!x_dropped || x_old_code.counts.empty())
    return {};
  BACKSTAY_ASSIGN(
      const Exit exit,
      x_server->feed(x_each->target, from_text(x_old_code.sql.substr(x_old_code.body_at)), false));
  return exit.ok() ? Result<void>() : server_error(x_server->facts(), exit, "mariadb");
}

Result<void> DatabaseExchange::undo() {
  Result<void> back = move_back();
  if (back)
    return {};
  return std::move(back).error().while_doing(
      fmt::format("taking database {} back to what it was (old tables: {}, new ones: {}, old "
                  "routines, triggers, "
                  "events and views: state directory, restores/{})",
                  x_each->target, x_aside ? x_each->aside : x_each->target,
                  x_moved ? x_each->target : x_each->scratch, x_context->run_id));
}

Result<void> DatabaseExchange::finish() {
  BACKSTAY_TRY(drop_empty_database(*x_server, x_each->scratch));
  if (x_aside) {
    x_context->restore->kept.push_back(
        fmt::format("database {} on {}", x_each->aside, x_server->facts().name));
  }
  return {};
}

}  // namespace backstay::runtime
