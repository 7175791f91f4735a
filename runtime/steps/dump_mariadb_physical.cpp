// The data files of one server, and its accounts as statements, to be read by people.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/galera.hpp"
#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_facts.hpp"
#include "runtime/database/mariadb_physical.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {
namespace {

Result<MariadbServer> open_server(const std::string& name, StepContext& context) {
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, name));
  return MariadbServer::open(*server, server_call(context, *server));
}

Result<void> keep_accounts(const plan::DumpMariadbPhysical& action,
                           const MariadbServer& server,
                           const std::string& version,
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
                                                         .server_version = version,
                                                         .accounts = accounts.accounts,
                                                         .roles = accounts.roles,
                                                         .objects_at = accounts.objects_at}));
}

Result<void> copy(const plan::DumpMariadbPhysical& action, StepContext& context) {
  BACKSTAY_ASSIGN(const MariadbServer server, open_server(action.server, context));
  BACKSTAY_ASSIGN(const ServerState state, server_state(server));
  PhysicalFacts facts;
  BACKSTAY_TRY(while_desynced(server, context, [&]() -> Result<void> {
    BACKSTAY_ASSIGN(facts, copy_server(server, state.version, action.component, context));
    return {};
  }));
  BACKSTAY_TRY(keep_accounts(action, server, state.version, context));
  return context.staging->complete(action.component, "mariadb-physical",
                                   "data files of " + action.server, to_json(facts));
}

Result<Preview> look_closer(const plan::DumpMariadbPhysical& action, StepContext& context) {
  Preview preview;
  BACKSTAY_ASSIGN(const MariadbServer server, open_server(action.server, context));
  BACKSTAY_ASSIGN(const ServerState state, server_state(server));
  BACKSTAY_ASSIGN(const std::string tool, physical_tool_version(context.world.commands));
  preview.push_back({.text = fmt::format("server {}: MariaDB {}, mariadb-backup {}", action.server,
                                         state.version, tool)});
  if (const auto same = require_same_release(tool, state.version); !same)
    preview.push_back({.problem = true, .text = to_string(same.error())});
  if (const auto galera = preview_galera(server))
    preview.push_back(*galera);
  BACKSTAY_ASSIGN(const Rows rows,
                  server.query("SELECT COALESCE(SUM(DATA_LENGTH+INDEX_LENGTH),0) FROM "
                               "information_schema.TABLES;"));
  const std::uint64_t bytes = rows.empty() ? 0 : std::strtoull(rows[0][0].c_str(), nullptr, 10);
  preview.push_back({.text = fmt::format("{}: all data files, about {}", action.component,
                                         to_human(ByteSize{bytes}))});
  preview.push_back({.text = "runs " + server.show_copy(physical_arguments(
                                           server.facts(), "STAGING/mariadb-backup"))});
  return preview;
}

}  // namespace

Result<void> execute(const plan::DumpMariadbPhysical& action, StepContext& context) {
  Result<void> done = copy(action, context);
  if (done)
    return done;
  const std::string why = to_string(done.error());
  context.staging->fail(action.component, why);
  if (!action.accounts_component.empty())
    context.staging->fail(action.accounts_component, why);
  return done;
}

Preview preview(const plan::DumpMariadbPhysical& action, StepContext& context) {
  Result<Preview> looked = look_closer(action, context);
  if (looked)
    return std::move(looked).value();
  return {{.problem = true, .text = to_string(looked.error())}};
}

}  // namespace backstay::runtime
