#include "runtime/restore/undo_change.hpp"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/overloaded.hpp"
#include "runtime/database/mariadb_kept.hpp"
#include "runtime/database/mariadb_undo.hpp"
#include "runtime/database/postgresql_undo.hpp"
#include "runtime/restore/keep_current.hpp"
#include "runtime/restore/kept_snapshot.hpp"
#include "runtime/restore/undo_files.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::runtime {
namespace {

Result<const plan::Server*> server_of(const UndoTools& tools, const std::string& name) {
  const plan::Server* server = tools.plan.server(name);
  if (server == nullptr)
    return Error{.kind = ErrorKind::BadInput, .message = "the plan has no server `" + name + "`"};
  return server;
}

ServerCall call_of(const UndoTools& tools, const plan::Server& server) {
  return {.runner = tools.world.commands,
          .stop = tools.stop,
          .deadline = {},
          .login = tools.plan.secret(server.login)};
}

Result<MariadbServer> mariadb(const UndoTools& tools, const std::string& name) {
  BACKSTAY_ASSIGN(const plan::Server* server, server_of(tools, name));
  return MariadbServer::open(*server, call_of(tools, *server));
}

Result<PostgresServer> postgresql(const UndoTools& tools, const std::string& name) {
  BACKSTAY_ASSIGN(const plan::Server* server, server_of(tools, name));
  return PostgresServer::open(*server, call_of(tools, *server));
}

ChangeContext context_of(const RecordedChange& change, const UndoTools& tools) {
  return {.run_id = tools.record.content().header.id,
          .number = change.number,
          .made = change.state == ChangeState::Made,
          .read_kept = [&tools](const std::string& name) { return tools.record.read_kept(name); },
          .note = tools.note};
}

/// The databases of a server that the try which noted these accounts exchanged: first of all it
/// notes the accounts, so they are undone last, when all databases are back.
std::vector<MariadbExchanged> exchanged_after(const RecordedChange& accounts,
                                              const std::string& server,
                                              const UndoTools& tools) {
  std::vector<MariadbExchanged> found;
  for (const RecordedChange& each : tools.record.changes()) {
    if (each.number <= accounts.number)
      continue;
    const auto* next = std::get_if<MariadbAccounts>(&each.change);
    if (next != nullptr && next->server == server)
      break;
    const auto* exchanged = std::get_if<MariadbExchanged>(&each.change);
    if (exchanged != nullptr && exchanged->server == server)
      found.push_back(*exchanged);
  }
  return found;
}

/// What a component of files selects; nothing for others.
std::optional<Selector> selector_of(const RecordedChange& change, const UndoTools& tools) {
  const plan::Backup* backup = tools.plan.backup(tools.record.content().header.backup);
  if (backup == nullptr)
    return std::nullopt;
  for (const plan::Step& step : backup->restore) {
    const auto* files = std::get_if<plan::RestoreFiles>(&step.action);
    if (files != nullptr && files->component == component_of(change.change))
      return Selector(files->except, files->keep);
  }
  return std::nullopt;
}

/// With what the restored snapshot is sealed: what is kept beside it is no easier to read. Where it
/// is gone, what the plan says of its target.
SealKey seal_beside(World& world, const RestoreHeader& header, const plan::Plan& plan) {
  const Store store{.path = header.store, .uuid = {}};
  if (const auto restored = find_snapshot(world.files, store, {}, header.snapshot))
    return restored->seal;
  for (const plan::Target& target : plan.targets) {
    if (target.path == header.store)
      return key_of(plan, target.name);
  }
  return {};
}

Result<void> drop_scratch(const DatabaseImported& each, const UndoTools& tools) {
  if (each.engine == "mariadb") {
    BACKSTAY_ASSIGN(const MariadbServer server, mariadb(tools, each.server));
    return undo_mariadb(server, each);
  }
  BACKSTAY_ASSIGN(const PostgresServer server, postgresql(tools, each.server));
  return undo_postgresql(server, each);
}

/// The import of a database from what was kept of it, as the step that replaced it would do it.
Result<void> bring_back(const MariadbDropped& each, const UndoTools& tools) {
  BACKSTAY_CHECK(tools.events != nullptr, "only an undo of a whole restore takes this back");
  const RestoreHeader& header = tools.record.content().header;
  const plan::Backup* backup = tools.plan.backup(header.backup);
  if (backup == nullptr)
    return Error{.kind = ErrorKind::BadInput, .message = "no backup `" + header.backup + "`"};
  const plan::Step* step = nullptr;
  for (const plan::Step& one : backup->restore) {
    const auto* restore = std::get_if<plan::RestoreMariadb>(&one.action);
    if (restore != nullptr && restore->server == each.server && one.host == header.host)
      step = &one;
  }
  if (step == nullptr)
    return Error{.kind = ErrorKind::BadInput,
                 .message = "the plan restores no server `" + each.server + "`"};
  BACKSTAY_ASSIGN(const auto kept, open_kept(tools.world, header.store, each.snapshot));
  BACKSTAY_ASSIGN(const MariadbServer server, mariadb(tools, each.server));
  StepContext context{.world = tools.world,
                      .plan = tools.plan,
                      .backup = *backup,
                      .step = *step,
                      .run_id = header.id,
                      .stop = tools.stop,
                      .events = *tools.events,
                      .snapshot = kept.get()};
  return undo_mariadb(server, each, context);
}

}  // namespace

Result<void> undo_change(const RecordedChange& change, const UndoTools& tools) {
  ChangeContext context = context_of(change, tools);
  const auto selector = selector_of(change, tools);
  context.selector = selector ? &*selector : nullptr;
  return std::visit(
      Overloaded{[&](const DatabaseImported& each) { return drop_scratch(each, tools); },
                 [&](const MariadbExchanged& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const MariadbServer server, mariadb(tools, each.server));
                   return undo_mariadb(server, each, context.read_kept);
                 },
                 [&](const MariadbDropped& each) { return bring_back(each, tools); },
                 [&](const MariadbAccounts& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const MariadbServer server, mariadb(tools, each.server));
                   BACKSTAY_TRY(undo_mariadb_views(
                       server, exchanged_after(change, each.server, tools), context.read_kept));
                   return undo_mariadb(server, each, context.read_kept);
                 },
                 [&](const PostgresqlExchanged& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const PostgresServer server, postgresql(tools, each.server));
                   return undo_postgresql(server, each);
                 },
                 [&](const PostgresqlRoles& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const PostgresServer server, postgresql(tools, each.server));
                   return undo_postgresql(server, each, context.read_kept, tools.note);
                 },
                 [&](const CommandFed& each) -> Result<void> {
                   tools.note(fmt::format("{} was fed to `{}`: what that did is yours to take back",
                                          each.component, fmt::join(each.command, " ")));
                   return {};
                 },
                 [&](const auto& each) { return undo_change(each, context); }},
      change.change);
}

Result<void> commit_change(const RecordedChange& change, const UndoTools& tools) {
  const ChangeContext context = context_of(change, tools);
  return std::visit(
      Overloaded{[&](const PathCreated&) -> Result<void> { return {}; },
                 [&](const PathExchanged& each) { return commit_change(each, context); },
                 [&](const TreeMerged& each) { return commit_change(each, context); },
                 [&](const SqliteExchanged& each) { return commit_change(each, context); },
                 [&](const DatabaseImported& each) { return drop_scratch(each, tools); },
                 [&](const MariadbExchanged& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const MariadbServer server, mariadb(tools, each.server));
                   return commit_mariadb(server, each, tools.note);
                 },
                 [&](const PostgresqlExchanged& each) -> Result<void> {
                   BACKSTAY_ASSIGN(const PostgresServer server, postgresql(tools, each.server));
                   return commit_postgresql(server, each);
                 },
                 [&](const auto&) -> Result<void> { return {}; }},
      change.change);
}

std::string describe_undo(const Change& change) {
  return std::visit(
      Overloaded{
          [](const PathCreated& each) { return "`" + each.path + "` is gone again"; },
          [](const PathExchanged& each) { return "`" + each.path + "` is what it was"; },
          [](const TreeMerged& each) { return "in `" + each.path + "` all is what it was"; },
          [](const SqliteExchanged& each) {
            return "`" + each.path + (each.old.there() ? "` is what it was" : "` is gone again");
          },
          [](const DatabaseImported& each) {
            return fmt::format("database {} on {} is gone", each.scratch, each.server);
          },
          [](const MariadbExchanged& each) {
            return fmt::format("database {} on {} {}", each.target, each.server,
                               each.created ? "is gone again" : "is what it was");
          },
          [](const MariadbDropped& each) {
            return fmt::format("the old tables of database {} on {} are back from snapshot {}",
                               each.target, each.server, each.snapshot);
          },
          [](const MariadbAccounts& each) {
            return fmt::format("accounts and grants of {} are what they were", each.server);
          },
          [](const PostgresqlExchanged& each) {
            return fmt::format("database {} on {} {}", each.target, each.server,
                               each.created ? "is gone again" : "is what it was");
          },
          [](const PostgresqlRoles& each) {
            return fmt::format("roles of {} are what they were", each.server);
          },
          [](const CommandFed& each) { return fmt::format("{}: see below", each.component); }},
      change);
}

std::string set_aside_by(const Change& change) {
  return std::visit(
      Overloaded{[](const PathExchanged& each) { return "`" + each.aside + "`"; },
                 [](const TreeMerged& each) { return "`" + each.aside + "`"; },
                 [](const SqliteExchanged& each) {
                   return each.old.there() ? "`" + each.aside + "`" : std::string();
                 },
                 [](const MariadbExchanged& each) {
                   return each.old_tables.empty() || each.keeps_none
                              ? std::string()
                              : fmt::format("database {} on {}", each.aside, each.server);
                 },
                 [](const PostgresqlExchanged& each) {
                   return each.created ? std::string()
                                       : fmt::format("database {} on {}", each.aside, each.server);
                 },
                 [](const auto&) { return std::string(); }},
      change);
}

Result<KeptCurrent> keep_before_undo(World& world,
                                     const RestoreRecord& record,
                                     const plan::Plan& plan,
                                     const std::set<std::string>& without,
                                     Events& events,
                                     const std::stop_token& stop) {
  const RestoreHeader& header = record.content().header;
  const plan::Backup* backup = plan.backup(header.backup);
  if (backup == nullptr)
    return Error{.kind = ErrorKind::BadInput, .message = "no backup `" + header.backup + "`"};
  const Store store{.path = header.store, .uuid = {}};
  BACKSTAY_ASSIGN(const Lock lock,
                  lock_policy(store, header.policy, header.host,
                              {.run_id = header.id, .since = to_rfc3339(world.clock.now())}));
  return keep_current(world,
                      {.plan = plan,
                       .backup = *backup,
                       .host = header.host,
                       .store = header.store,
                       .seal = seal_beside(world, header, plan),
                       .components = header.components,
                       .without = without},
                      events, stop);
}

std::uint64_t bytes_aside(const RecordContent& content) {
  std::uint64_t bytes = 0;
  for (const RecordedChange& each : content.changes) {
    if (each.state == ChangeState::TakenBack)
      continue;
    if (const auto* exchanged = std::get_if<PathExchanged>(&each.change)) {
      bytes += size_aside(exchanged->aside);
    } else if (const auto* merged = std::get_if<TreeMerged>(&each.change)) {
      bytes += size_aside(merged->aside);
    } else if (const auto* sqlite = std::get_if<SqliteExchanged>(&each.change)) {
      bytes += size_aside(sqlite->aside);
    }
  }
  return bytes;
}

}  // namespace backstay::runtime
