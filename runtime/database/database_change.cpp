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
  if (change.by_table) {
    json["tables_added"] = change.added;
    json["tables_replaced"] = change.replaced;
    json["tables_removed"] = change.removed;
  }
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

DatabaseChange change_of(const MariadbServer& server,
                         const DatabaseRestore& each,
                         const DatabaseState* now,
                         StepContext& context) {
  DatabaseChange change{
      .server = server.facts().name,
      .database = each.target,
      .exists = now != nullptr,
      .now = {},
      .then = {.tables = each.facts.tables.size(), .bytes = stored_bytes(each.component, context)}};
  change.aside = aside_of(each.aside, context);
  for (const auto& [table, facts] : each.facts.tables) {
    change.then.rows += facts.rows;
    if (now != nullptr && now->tables.contains(table))
      ++change.replaced;
    else
      change.added.push_back(table);
  }
  if (now == nullptr)
    return change;
  change.now.tables = now->tables.size();
  for (const auto& [table, state] : now->tables) {
    change.now.rows += state.estimated_rows;
    change.now.bytes += state.bytes;
    if (!each.facts.tables.contains(table))
      change.removed.push_back(table);
  }
  return change;
}

Result<Preview> changes_of(const MariadbServer& server,
                           const RestoreScope& scope,
                           StepContext& context) {
  std::vector<std::string> names;
  for (const DatabaseRestore& each : scope.databases)
    names.push_back(each.target);
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  Preview preview;
  for (const DatabaseRestore& each : scope.databases) {
    const auto state = states.find(each.target);
    const Preview lines = show_change(
        change_of(server, each, state == states.end() ? nullptr : &state->second, context));
    preview.insert(preview.end(), lines.begin(), lines.end());
  }
  return preview;
}

Result<DatabaseExtent> extent_of(const PostgresServer& server, const std::string& database) {
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query(database,
                               "SELECT count(*), "
                               "coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c "
                               "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = "
                               "'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';",
                               2));
  DatabaseExtent extent;
  BACKSTAY_ASSIGN(extent.bytes, postgresql_size(server, database));
  if (rows.empty())
    return extent;
  extent.tables = std::strtoull(rows[0][0].c_str(), nullptr, 10);
  extent.rows = std::strtoull(rows[0][1].c_str(), nullptr, 10);
  return extent;
}

Result<Preview> changes_of(const PostgresServer& server,
                           const PostgresScope& scope,
                           StepContext& context) {
  BACKSTAY_ASSIGN(const auto names, postgres_database_names(server));
  Preview preview;
  for (const PostgresRestore& each : scope.databases) {
    DatabaseChange change{
        .server = server.facts().name,
        .database = each.target,
        .exists = std::find(names.begin(), names.end(), each.target) != names.end(),
        .now = {},
        .then = {.tables = each.facts.rows.size(), .bytes = stored_bytes(each.component, context)},
        .by_table = false};
    change.aside = aside_of(each.aside, context);
    for (const auto& [table, rows] : each.facts.rows)
      change.then.rows += rows;
    if (change.exists) {
      BACKSTAY_ASSIGN(change.now, extent_of(server, each.target));
    }
    const Preview lines = show_change(change);
    preview.insert(preview.end(), lines.begin(), lines.end());
  }
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
  std::string text = fmt::format("database {} on {} now: {} tables, about {} rows, {}",
                                 change.database, change.server, change.now.tables, change.now.rows,
                                 to_human(ByteSize{change.now.bytes}));
  if (change.by_table) {
    text += fmt::format("; {} are in the snapshot too", change.replaced);
    if (!change.added.empty())
      text += "; come back: " + names_of(change.added);
    if (!change.removed.empty())
      text += "; not in the snapshot: " + names_of(change.removed);
  }
  if (!change.aside.empty())
    text += fmt::format("; all that is there goes to {}", change.aside);
  Preview lines = {{.text = std::move(text), .facts = change_json(change)}};
  if (change.replaced > 0 || !change.by_table) {
    lines.push_back({.unknown = true,
                     .text = fmt::format("which rows of {} differ: they are not compared before",
                                         change.database)});
  }
  return lines;
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
