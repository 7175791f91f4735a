// All databases of one server at one instant, and its accounts.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/units.hpp"
#include "runtime/database/galera.hpp"
#include "runtime/database/galera_nodes.hpp"
#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_dump.hpp"
#include "runtime/database/mariadb_privileges.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {
namespace {

/// What is known before anything is dumped.
struct Prospect {
  ServerState state;
  std::vector<DumpTarget> targets;
};

Result<ChosenNode> open_node(const std::string& name, StepContext& context) {
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, name));
  return choose_node(*server, context);
}

std::string in_words(const ChosenNode& node) {
  return fmt::format("not backed up from {}; from {} instead", fmt::join(node.passed, "; "),
                     node.host);
}

std::vector<DumpTarget> find_targets(const plan::DumpMariadb& action,
                                     const std::vector<std::string>& present) {
  std::vector<DumpTarget> targets;
  std::set<std::string> taken(action.all_except.begin(), action.all_except.end());
  for (const plan::DatabaseComponent& each : action.databases) {
    targets.push_back({each.database, each.component});
    taken.insert(each.database);
  }
  if (action.all_component.empty())
    return targets;
  for (const std::string& database : present) {
    if (taken.contains(database))
      continue;
    // A component for each, found when it runs
    targets.push_back({database, action.all_component + "." + artefact_name(database)});
  }
  return targets;
}

Result<Prospect> look(const plan::DumpMariadb& action, const MariadbServer& server) {
  Prospect prospect;
  BACKSTAY_ASSIGN(prospect.state, server_state(server));
  BACKSTAY_ASSIGN(const auto privileges, require_privileges(server));
  prospect.state.may_hold = privileges.contains("RELOAD");
  BACKSTAY_ASSIGN(const auto present, user_databases(server));
  prospect.targets = find_targets(action, present);
  const bool all_found = prospect.targets.size() > action.databases.size();
  if (action.all_component.empty() || all_found)
    return prospect;
  return Error{
      .kind = ErrorKind::NotFound,
      .message = fmt::format("`database all` finds no database on server `{}`", action.server),
      .hint = "name the databases, or take the fact out of the policy"};
}

Result<void> dump_accounts(const plan::DumpMariadb& action,
                           const MariadbServer& server,
                           const ServerState& state,
                           StepContext& context) {
  if (action.accounts_component.empty())
    return {};
  BACKSTAY_ASSIGN(const AccountsText accounts, capture_accounts(server));
  BACKSTAY_ASSIGN(const auto writer,
                  context.staging->open_stream(action.accounts_component, "accounts.sql"));
  BACKSTAY_TRY(writer->write(std::as_bytes(std::span(accounts.sql))));
  BACKSTAY_TRY(writer->finish());
  return context.staging->complete(action.accounts_component, "mariadb-accounts",
                                   "accounts and grants on " + action.server,
                                   to_json(AccountsFacts{.server = action.server,
                                                         .server_version = state.version,
                                                         .accounts = accounts.accounts,
                                                         .roles = accounts.roles,
                                                         .objects_at = accounts.objects_at}));
}

std::string source_of(const MariadbFacts& facts, const std::string& server) {
  std::string names;
  for (const DatabaseFacts& database : facts.databases) {
    names += (names.empty() ? "" : ", ") + database.name;
  }
  return names + " on " + server;
}

Result<void> dump(const plan::DumpMariadb& action, StepContext& context) {
  BACKSTAY_ASSIGN(const ChosenNode node, open_node(action.server, context));
  const MariadbServer& server = node.server;
  if (!node.passed.empty())
    context.events.warning(context.step.id, in_words(node));
  BACKSTAY_ASSIGN(Prospect prospect, look(action, server));
  std::map<std::string, MariadbFacts> facts;
  if (!prospect.targets.empty()) {
    BACKSTAY_TRY(while_desynced(server, context, [&]() -> Result<void> {
      BACKSTAY_ASSIGN(facts, GroupDump(server, prospect.targets, context).run(prospect.state));
      return {};
    }));
  }
  BACKSTAY_TRY(dump_accounts(action, server, prospect.state, context));
  for (auto& [component, each] : facts) {
    each.node = node.host;
    BACKSTAY_TRY(context.staging->complete(component, "mariadb-database",
                                           source_of(each, action.server), to_json(each)));
  }
  return {};
}

/// One instant or none: every component of the group fails with it.
void fail_all(const plan::DumpMariadb& action, StepContext& context, const std::string& why) {
  for (const auto& each : action.databases)
    context.staging->fail(each.component, why);
  for (const std::string* component : {&action.all_component, &action.accounts_component}) {
    if (!component->empty())
      context.staging->fail(*component, why);
  }
}

/// Tables without transactions: dumped under the lock, or named.
void preview_plain_tables(const DumpTarget& target,
                          const DatabaseState& state,
                          const DumpWay& way,
                          Preview& preview) {
  const auto tables = tables_without_transactions(state);
  if (tables.empty())
    return;
  bool held = false;
  for (const DumpPart& part : way.parts) {
    held = held || (part.held && std::any_of(part.sections.begin(), part.sections.end(),
                                             [&](const DumpSection& section) {
                                               return section.database == target.database;
                                             }));
  }
  preview.push_back(
      {.text = fmt::format("{}: without transactions, so {}: {}", target.component,
                           held ? "dumped while writes wait" : "not of the same instant",
                           fmt::join(tables, ", "))});
}

void preview_database(const DumpTarget& target,
                      const DatabaseState& state,
                      const DumpWay& way,
                      Preview& preview) {
  std::uint64_t bytes = 0;
  for (const auto& [name, table] : state.tables)
    bytes += table.bytes;
  preview.push_back({.text = fmt::format("{}: database {}, {} tables, {} views, about {}",
                                         target.component, target.database, state.tables.size(),
                                         state.views.size(), to_human(ByteSize{bytes}))});
  preview_plain_tables(target, state, way, preview);
  if (!state.rounded.empty()) {
    preview.push_back({.text = fmt::format("{}: FLOAT columns, kept with six digits: {}",
                                           target.component, fmt::join(state.rounded, ", "))});
  }
}

void preview_way(const DumpWay& way,
                 const MariadbServer& server,
                 const Prospect& prospect,
                 Preview& preview) {
  if (way.parallel()) {
    preview.push_back(
        {.text = fmt::format("{} processes, which begin at one instant while commits wait, at most "
                             "{} s (BACKUP STAGE BLOCK_COMMIT)",
                             way.parts.size(), kLongestHold.count())});
  } else {
    preview.push_back({.text = way.why_one_stream.empty()
                                   ? "one process for all"
                                   : "one process for all: " + way.why_one_stream});
  }
  for (const DumpPart& part : way.parts) {
    preview.push_back(
        {.text = "runs " + server.show_dump(dump_arguments(part, prospect.state.binary_log))});
  }
}

Result<Preview> look_closer(const plan::DumpMariadb& action, StepContext& context) {
  Preview preview;
  BACKSTAY_ASSIGN(const ChosenNode node, open_node(action.server, context));
  const MariadbServer& server = node.server;
  if (!node.passed.empty())
    preview.push_back({.text = in_words(node)});
  BACKSTAY_ASSIGN(const Prospect prospect, look(action, server));
  BACKSTAY_ASSIGN(const std::string tool, server.dump_version());
  preview.push_back({.text = fmt::format("server {}: MariaDB {}, mariadb-dump {}", action.server,
                                         prospect.state.version, tool)});
  if (const auto galera = preview_galera(server))
    preview.push_back(*galera);
  std::vector<std::string> names;
  for (const DumpTarget& target : prospect.targets)
    names.push_back(target.database);
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  const DumpWay way = choose_way(server.facts(), prospect.state, names, states);
  for (const DumpTarget& target : prospect.targets) {
    const auto state = states.find(target.database);
    if (state != states.end()) {
      preview_database(target, state->second, way, preview);
      continue;
    }
    preview.push_back({.problem = true,
                       .text = fmt::format("{}: database {} is not on the server", target.component,
                                           target.database)});
  }
  preview_way(way, server, prospect, preview);
  return preview;
}

}  // namespace

Result<void> execute(const plan::DumpMariadb& action, StepContext& context) {
  Result<void> done = dump(action, context);
  if (!done)
    fail_all(action, context, to_string(done.error()));
  return done;
}

Preview preview(const plan::DumpMariadb& action, StepContext& context) {
  Result<Preview> looked = look_closer(action, context);
  if (looked)
    return std::move(looked).value();
  return {{.problem = true, .text = to_string(looked.error())}};
}

}  // namespace backstay::runtime
