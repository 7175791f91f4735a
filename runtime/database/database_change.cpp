#include "runtime/database/database_change.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "lang/base/units.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/postgresql_undo.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;  // sorts its keys

/// Names that a line of text shows; JSON has them all.
constexpr std::size_t kShownNames = 8;

std::string names_of(const std::vector<std::string>& names) {
  if (names.size() <= kShownNames)
    return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kShownNames, ", "),
                     names.size() - kShownNames);
}

Json extent_json(const DatabaseExtent& extent) {
  return {{"tables", extent.tables}, {"rows", extent.rows}, {"bytes", extent.bytes}};
}

std::string change_json(const DatabaseChange& change) {
  Json json = {{"server", change.server},
               {"database", change.database},
               {"exists", change.exists},
               {"now", extent_json(change.now)},
               {"then", extent_json(change.then)}};
  json["tables_added"] = change.added;
  json["tables_replaced"] = change.replaced;
  json["tables_removed"] = change.removed;
  if (change.exists && !change.aside.empty())
    json["set_aside_as"] = change.aside;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::uint64_t stored_bytes(const std::string& component, StepContext& context) {
  const ComponentInfo* info = context.snapshot->component(component);
  return info == nullptr ? 0 : info->plain_bytes;
}

/// Where what is there goes, where it is exchanged at all.
std::string aside_of(const std::string& aside, const StepContext& context) {
  const RestoreRequest& request = context.restore->request;
  const bool exchanged = request.in_place && request.database_suffix.empty();
  return exchanged && !request.without_orig ? aside : std::string();
}

/// Counts both sides, and tells tables that are on one of them alone.
void compare_tables(const std::map<std::string, std::uint64_t>& now,
                    const std::map<std::string, std::uint64_t>& then,
                    DatabaseChange& change) {
  change.then.tables = then.size();
  change.now.tables = now.size();
  for (const auto& [table, rows] : then) {
    change.then.rows += rows;
    if (now.contains(table))
      ++change.replaced;
    else
      change.added.push_back(table);
  }
  for (const auto& [table, rows] : now) {
    change.now.rows += rows;
    if (!then.contains(table))
      change.removed.push_back(table);
  }
}

DatabaseChange change_of(const MariadbServer& server,
                         const DatabaseRestore& each,
                         const DatabaseState* now,
                         StepContext& context) {
  DatabaseChange change{.server = server.facts().name,
                        .database = each.target,
                        .exists = now != nullptr,
                        .now = {},
                        .then = {.bytes = stored_bytes(each.component, context)}};
  change.aside = aside_of(each.aside, context);
  std::map<std::string, std::uint64_t> there;
  std::map<std::string, std::uint64_t> kept;
  for (const auto& [table, facts] : each.facts.tables)
    kept[table] = facts.rows;
  if (now != nullptr) {
    for (const auto& [table, state] : now->tables) {
      there[table] = state.estimated_rows;
      change.now.bytes += state.bytes;
    }
  }
  compare_tables(there, kept, change);
  return change;
}

/// Room for what comes beside what is there, where the server's files lie on this machine.
PreviewLine room_line(const std::string& server,
                      const std::string& directory,
                      std::uint64_t coming,
                      StepContext& context) {
  const std::string size = to_human(ByteSize{coming});
  if (!directory.empty() && exists(context.world.files, directory)) {
    if (const auto space = context.world.files.space(directory)) {
      return {.unknown = space->free_bytes < coming * 2,
              .text = fmt::format("room on {}: {} are free in {}; dumps of {} are imported there, "
                                  "which take more with their keys",
                                  server, to_human(ByteSize{space->free_bytes}), directory, size)};
    }
  }
  return {.unknown = true,
          .text = fmt::format("whether {} has room for dumps of {} beside what is there", server,
                              size)};
}

/// The one value that a question about the server's settings answers; empty where it may not be
/// asked.
std::string only_value(const Result<Rows>& rows) {
  return rows && rows->size() == 1 && !rows->front().empty() ? rows->front().front()
                                                             : std::string();
}

Result<Preview> changes_of(const MariadbServer& server,
                           const RestoreScope& scope,
                           StepContext& context) {
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  Preview preview;
  std::uint64_t coming = 0;
  for (const DatabaseRestore& each : scope.databases) {
    const auto state = states.find(each.target);
    const Preview lines = show_change(
        change_of(server, each, state == states.end() ? nullptr : &state->second, context));
    preview.insert(preview.end(), lines.begin(), lines.end());
    coming += stored_bytes(each.component, context);
  }
  const bool local = !server.facts().socket.empty();
  preview.push_back(room_line(server.facts().name,
                              local ? only_value(server.query("SELECT @@datadir;")) : "", coming,
                              context));
  return preview;
}

/// What a database holds now, by the names that its archive would have; rows are the server's
/// estimate.
Result<TableRows> tables_of(const PostgresServer& server, const std::string& database) {
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query(database,
                               "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), "
                               "greatest(c.reltuples, 0)::bigint FROM pg_class c "
                               "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = "
                               "'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';",
                               2));
  TableRows tables;
  for (const auto& row : rows)
    tables[row[0]] = std::strtoull(row[1].c_str(), nullptr, 10);
  return tables;
}

Result<Preview> changes_of(const PostgresServer& server,
                           const PostgresScope& scope,
                           StepContext& context) {
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server));
  Preview preview;
  std::uint64_t coming = 0;
  for (const PostgresRestore& each : scope.databases) {
    DatabaseChange change{
        .server = server.facts().name,
        .database = each.target,
        .exists = std::find(names.begin(), names.end(), each.target) != names.end(),
        .now = {},
        .then = {.bytes = stored_bytes(each.component, context)}};
    change.aside = aside_of(each.aside, context);
    TableRows now;
    if (change.exists) {
      BACKSTAY_ASSIGN(now, tables_of(server, each.target));
      BACKSTAY_ASSIGN(change.now.bytes, postgresql_size(server, each.target));
    }
    compare_tables(now, each.facts.rows, change);
    const Preview lines = show_change(change);
    preview.insert(preview.end(), lines.begin(), lines.end());
    coming += stored_bytes(each.component, context);
  }
  const bool local = !server.facts().socket.empty();
  const std::string directory =
      local ? only_value(server.query("postgres", "SHOW data_directory;", 1)) : "";
  preview.push_back(room_line(server.facts().name, directory, coming, context));
  return preview;
}

Preview shown(Result<Preview> looked) {
  if (looked)
    return std::move(looked).value();
  return {{.problem = true, .text = to_string(looked.error())}};
}

}  // namespace

Preview show_change(const DatabaseChange& change) {
  if (!change.exists) {
    return {
        {.text = fmt::format("database {} is not on {}: {} tables and {} rows come back",
                             change.database, change.server, change.then.tables, change.then.rows),
         .facts = change_json(change)}};
  }
  std::string text = fmt::format("database {} on {} now: {} tables, {}{} rows, {}", change.database,
                                 change.server, change.now.tables, change.estimated ? "about " : "",
                                 change.now.rows, to_human(ByteSize{change.now.bytes}));
  text += fmt::format("; {} are in the snapshot too", change.replaced);
  if (!change.added.empty())
    text += "; come back: " + names_of(change.added);
  if (!change.removed.empty())
    text += "; not in the snapshot: " + names_of(change.removed);
  if (!change.aside.empty())
    text += fmt::format("; all that is there goes to {}", change.aside);
  Preview lines = {{.text = std::move(text), .facts = change_json(change)}};
  if (change.replaced > 0) {
    lines.push_back({.unknown = true,
                     .text = fmt::format("which rows of {} differ: they are not compared before",
                                         change.database)});
  }
  return lines;
}

Preview preview_change(const std::string& path, const SqliteFacts& then, const std::string& aside) {
  const Result<SqliteCopy> found = look_at_sqlite(path);
  if (!found && found.error().kind == ErrorKind::NotFound)
    return {};
  const std::string kept = "; all that is there goes to " + aside;
  if (!found)
    return {{.text = fmt::format("{} now: not a database that can be read ({}){}", path,
                                 found.error().message, kept)}};
  const Result<SqliteTables> now = count_sqlite_rows(path);
  const std::uint64_t bytes = found->pages * found->page_size;
  if (!now) {
    return {{.text = fmt::format("{} now: {}{}", path, to_human(ByteSize{bytes}), kept)},
            {.unknown = true, .text = "what its tables hold now: " + now.error().message}};
  }
  DatabaseChange change{.server = "this host",
                        .database = path,
                        .exists = true,
                        .estimated = false,
                        .now = {.bytes = bytes},
                        .then = {.bytes = then.copy.pages * then.copy.page_size},
                        .aside = aside};
  compare_tables(*now, then.tables, change);
  // Why not where the backup has none: earlier versions did not count tables
  if (then.tables.empty() && change.then.bytes > 0) {
    return {
        {.text = fmt::format("{} now: {} tables, {} rows, {}{}", path, change.now.tables,
                             change.now.rows, to_human(ByteSize{bytes}), kept)},
        {.unknown = true, .text = "which tables come back: the backup is of an earlier version"}};
  }
  return show_change(change);
}

Preview preview_changes(const MariadbServer& server,
                        const RestoreScope& scope,
                        StepContext& context) {
  return shown(changes_of(server, scope, context));
}

Preview preview_changes(const PostgresServer& server,
                        const PostgresScope& scope,
                        StepContext& context) {
  return shown(changes_of(server, scope, context));
}

}  // namespace backstay::runtime
