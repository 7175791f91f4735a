// Databases of one PostgreSQL server, and its roles.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/postgresql_dump.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {
namespace {

Result<void> dump(const plan::DumpPostgresql& action, StepContext& context) {
  BACKSTAY_ASSIGN(const PostgresServer server, open_postgres(action.server, context));
  return dump_postgres(action, server, context);
}

/// Nothing could be dumped at all. A component that failed by itself has said so already.
void fail_all(const plan::DumpPostgresql& action, StepContext& context, const std::string& why) {
  for (const auto& each : action.databases)
    context.staging->fail(each.component, why);
  for (const std::string* component : {&action.all_component, &action.accounts_component}) {
    if (!component->empty())
      context.staging->fail(*component, why);
  }
}

Result<Preview> look(const plan::DumpPostgresql& action, StepContext& context) {
  BACKSTAY_ASSIGN(const PostgresServer server, open_postgres(action.server, context));
  BACKSTAY_ASSIGN(const PostgresProspect prospect, find_postgres_targets(action, server));
  Preview preview;
  preview.push_back(
      {.text = fmt::format("server {}: PostgreSQL {}", action.server, prospect.version)});
  for (const PostgresDumpTarget& target : prospect.targets) {
    preview.push_back(
        {.problem = !target.state.connectable,
         .text = fmt::format("{}: database {}, about {}{}", target.component,
                             target.state.database.name, to_human(ByteSize{target.state.bytes}),
                             target.state.connectable ? "" : ", lets nobody in")});
  }
  for (const plan::DatabaseComponent& each : prospect.missing) {
    preview.push_back({.problem = true,
                       .text = fmt::format("{}: database {} is not on the server", each.component,
                                           each.database)});
  }
  if (prospect.targets.size() > 1) {
    preview.push_back(
        {.text =
             "each database is of an instant of its own: PostgreSQL has none across databases"});
  }
  if (!prospect.targets.empty()) {
    preview.push_back(
        {.text = "runs " + server.show_dump(prospect.targets.front().state.database.name)});
  }
  return preview;
}

}  // namespace

Result<void> execute(const plan::DumpPostgresql& action, StepContext& context) {
  Result<void> done = dump(action, context);
  if (!done)
    fail_all(action, context, to_string(done.error()));
  return done;
}

Preview preview(const plan::DumpPostgresql& action, StepContext& context) {
  Result<Preview> looked = look(action, context);
  if (looked)
    return std::move(looked).value();
  return {{.problem = true, .text = to_string(looked.error())}};
}

}  // namespace backstay::runtime
