// Count, note, drop, and back from the snapshot: see the header.
#include "runtime/database/mariadb_kept.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/database/mariadb_import.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/kept_snapshot.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

Result<void> drop_database(const MariadbServer& server, const std::string& name) {
  BACKSTAY_CHECK(is_side_name(name), "only what Backstay made is dropped");
  auto dropped = server.query("DROP DATABASE IF EXISTS " + quote_name(name) + ";");
  return dropped ? Result<void>() : Result<void>(std::move(dropped).error());
}

Error not_held(const std::string& database, const std::string& snapshot, const Error& why) {
  constexpr std::string_view kPrefix = "does not match the manifest: ";
  const std::size_t at = why.message.find(kPrefix);
  const std::string what =
      at == std::string::npos ? why.message : why.message.substr(at + kPrefix.size());
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("snapshot {} does not hold database {} as it is now: {}", snapshot,
                                 database, what),
          .hint =
              "somebody wrote after the services were stopped: find out who (SHOW "
              "PROCESSLIST), take this restore back with --undo, and begin again; nothing was "
              "dropped"};
}

/// The database that was set aside, counted against what the snapshot says of it.
Result<void> compare_aside(const MariadbServer& server,
                           DatabaseRestore kept,
                           const std::string& aside) {
  kept.scratch = aside;
  return compare_with_manifest(server, kept);
}

}  // namespace

Result<KeptDatabases> kept_databases(const SnapshotReader& snapshot, const std::string& server) {
  KeptDatabases kept;
  for (const ComponentInfo& component : snapshot.components()) {
    if (component.kind != "mariadb-database")
      continue;
    BACKSTAY_ASSIGN(const MariadbFacts facts, read_mariadb_facts(component.facts));
    if (facts.server != server)
      continue;
    for (const DatabaseFacts& database : facts.databases) {
      kept[database.name] = {.component = component.name,
                             .facts = database,
                             .server_version = facts.server_version,
                             .target = database.name,
                             .scratch = {},
                             .aside = {}};
    }
  }
  return kept;
}

Result<void> refuse_inexact(const DatabaseState& state) {
  std::string what;
  if (!state.rounded.empty())
    what = fmt::format("FLOAT column {}, of which a dump keeps six digits", state.rounded.front());
  for (const auto& [name, table] : state.tables) {
    if (table.type == "SYSTEM VERSIONED")
      what = fmt::format("versioned table {}, of which a dump keeps no history", name);
    else if (table.engine.empty())
      what = fmt::format("table {}, which cannot be read", name);
  }
  if (what.empty())
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("database {} has the {}: without its old tables there would "
                                      "be no way back to it as it is",
                                      state.name, what),
               .hint = "make room and restore with --in-place, which keeps the old tables"};
}

bool began_to_drop(const ChangeLog& changes, const std::string& server) {
  return std::any_of(changes.changes().begin(), changes.changes().end(),
                     [&](const RecordedChange& each) {
                       const auto* dropped = std::get_if<MariadbDropped>(&each.change);
                       return dropped != nullptr && dropped->server == server &&
                              each.state != ChangeState::TakenBack;
                     });
}

Result<void> back_to_scratch(const MariadbServer& server, const DatabaseRestore& each) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, {each.target, each.scratch}));
  const auto target = states.find(each.target);
  if (target == states.end())
    return {};
  BACKSTAY_ASSIGN(const auto objects, code_objects(server, {each.target}));
  std::string sql = fmt::format("SET lock_wait_timeout={};\n", kTableWait);
  for (const CodeObject& object : objects) {
    sql += fmt::format("DROP {} IF EXISTS {}.{};\n", object.kind, quote_name(object.database),
                       quote_name(object.name));
  }
  std::string pairs;
  for (const auto& [table, state] : target->second.tables) {
    pairs += fmt::format("{}{}.{} TO {}.{}", pairs.empty() ? "" : ", ", quote_name(each.target),
                         quote_name(table), quote_name(each.scratch), quote_name(table));
  }
  if (!pairs.empty()) {
    sql += fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET {} COLLATE {};\n",
                       quote_name(each.scratch), each.facts.charset, each.facts.collation);
    sql += "RENAME TABLE " + pairs + ";\n";
  }
  auto moved = server.query(sql);
  return moved ? Result<void>() : Result<void>(std::move(moved).error());
}

Result<void> drop_set_aside(const MariadbServer& server,
                            const std::vector<const DatabaseExchange*>& exchanges,
                            StepContext& context) {
  RestoreRun& run = *context.restore;
  BACKSTAY_CHECK(run.changes != nullptr, "a restore in place has a record");
  if (std::all_of(exchanges.begin(), exchanges.end(),
                  [](const DatabaseExchange* each) { return each->old_tables().empty(); }))
    return {};
  const std::string store = run.keep_in.empty() ? context.snapshot->store_path() : run.keep_in;
  BACKSTAY_ASSIGN(const auto snapshot, open_kept(context.world, store, run.kept_current));
  BACKSTAY_ASSIGN(const KeptDatabases kept, kept_databases(*snapshot, server.facts().name));
  const bool began = began_to_drop(*run.changes, server.facts().name);
  for (const DatabaseExchange* each : exchanges) {
    const std::string& name = each->database().target;
    if (began || each->old_tables().empty())
      continue;
    const auto found = kept.find(name);
    const Result<void> held =
        found == kept.end()
            ? Result<void>(Error{.kind = ErrorKind::NotFound, .message = "it is not in it"})
            : compare_aside(server, found->second, each->database().aside);
    if (!held)
      return not_held(name, run.kept_current, held.error());
  }
  BACKSTAY_FAILPOINT("restore-mariadb.counted");
  for (const DatabaseExchange* each : exchanges) {
    const DatabaseRestore& database = each->database();
    const bool noted = std::any_of(
        run.changes->changes().begin(), run.changes->changes().end(), [&](const auto& one) {
          const auto* dropped = std::get_if<MariadbDropped>(&one.change);
          return dropped != nullptr && dropped->aside == database.aside &&
                 one.state != ChangeState::TakenBack;
        });
    if (noted || each->old_tables().empty())
      continue;
    BACKSTAY_TRY(run.changes->about_to(MariadbDropped{.component = database.component,
                                                      .server = server.facts().name,
                                                      .target = database.target,
                                                      .scratch = database.scratch,
                                                      .aside = database.aside,
                                                      .snapshot = run.kept_current,
                                                      .kept = kept.at(database.target).component}));
    BACKSTAY_FAILPOINT("restore-mariadb.drop-noted");
  }
  for (const DatabaseExchange* each : exchanges) {
    BACKSTAY_TRY(drop_database(server, each->database().aside));
    BACKSTAY_FAILPOINT("restore-mariadb.dropped");
  }
  return {};
}

Result<void> undo_mariadb(const MariadbServer& server,
                          const MariadbDropped& change,
                          StepContext& context) {
  BACKSTAY_ASSIGN(const KeptDatabases all, kept_databases(*context.snapshot, change.server));
  const auto found = all.find(change.target);
  if (found == all.end() || found->second.component != change.kept) {
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("snapshot {} does not hold database {}", change.snapshot,
                                        change.target)};
  }
  DatabaseRestore old = found->second;
  // What the restore brought goes first: there is no room for both. Its snapshot has it still.
  old.scratch = change.scratch;
  BACKSTAY_TRY(back_to_scratch(server, old));
  BACKSTAY_FAILPOINT("undo-mariadb.emptied");
  BACKSTAY_TRY(drop_database(server, change.scratch));
  BACKSTAY_FAILPOINT("undo-mariadb.freed");
  old.scratch = change.aside;
  if (compare_with_manifest(server, old))
    return {};
  BACKSTAY_TRY(drop_database(server, change.aside));
  std::size_t begun = 0;
  BACKSTAY_TRY(import_databases(server, {old}, context, begun));
  BACKSTAY_FAILPOINT("undo-mariadb.brought");
  return {};
}

}  // namespace backstay::runtime
