// Accounts first, then the databases of one server.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/database_change.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

std::string describe_place(const DatabaseRestore& each, const RestoreRequest& request) {
  if (!request.to_directory.empty()) {
    return fmt::format("written to {}/{}.{}", request.to_directory, each.component,
                       each.facts.rows_stream);
  }
  const std::string place = "imported into " + each.scratch + ", then moved to " + each.target;
  if (request.without_orig) {
    return "tables that are there are dropped once a verified snapshot holds them, counted row by "
           "row; " +
           place;
  }
  return request.in_place ? place + "; tables that are there go to " + each.aside : place;
}

void preview_database(const DatabaseRestore& each, StepContext& context, Preview& preview) {
  std::uint64_t rows = 0;
  for (const auto& [name, table] : each.facts.tables)
    rows += table.rows;
  const ComponentInfo* info = context.snapshot->component(each.component);
  preview.push_back(
      {.text = fmt::format("{}: database {}, {} tables, {} rows, {}: {}", each.component,
                           each.facts.name, each.facts.tables.size(), rows,
                           to_human(ByteSize{info == nullptr ? 0 : info->plain_bytes}),
                           describe_place(each, context.restore->request))});
}

}  // namespace

Result<void> execute(const plan::RestoreMariadb& action, StepContext& context) {
  return restore_databases(action, context);
}

Preview preview(const plan::RestoreMariadb& action, StepContext& context) {
  Preview preview;
  Result<RestoreScope> scope = restore_scope(action, context);
  if (!scope)
    return {{.problem = true, .text = to_string(scope.error())}};
  if (!scope->accounts_component.empty()) {
    preview.push_back({.text = fmt::format("{}: {} accounts and {} roles; others stay as they are",
                                           scope->accounts_component, scope->accounts.accounts,
                                           scope->accounts.roles)});
  }
  for (const DatabaseRestore& each : scope->databases)
    preview_database(each, context, preview);
  const bool on_server = context.restore->request.to_directory.empty() && !scope->databases.empty();
  if (!on_server)
    return preview;
  Result<MariadbServer> server = open_restore_server(action, context);
  if (server) {
    const Preview changes = preview_changes(*server, *scope, context);
    preview.insert(preview.end(), changes.begin(), changes.end());
    preview.push_back({.text = "runs " + server->show_client(scope->databases.front().scratch)});
  }
  Result<void> possible = check_restore_targets(action, context);
  if (!possible)
    preview.push_back({.problem = true, .text = to_string(possible.error())});
  return preview;
}

}  // namespace backstay::runtime
