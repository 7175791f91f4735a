// Roles first, then the databases of one server.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/database_change.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

std::string describe_place(const PostgresRestore& each, const RestoreRequest& request) {
  if (!request.to_directory.empty()) {
    return fmt::format("written to {}/{}.{}", request.to_directory, each.component,
                       each.facts.stream);
  }
  const std::string place = "imported into " + each.scratch + ", then renamed to " + each.target;
  return request.in_place ? place + "; the one that is there becomes " + each.aside : place;
}

void preview_database(const PostgresRestore& each, StepContext& context, Preview& preview) {
  std::uint64_t rows = 0;
  for (const auto& [table, count] : each.facts.rows)
    rows += count;
  const ComponentInfo* info = context.snapshot->component(each.component);
  preview.push_back(
      {.text = fmt::format("{}: database {}, {} tables, {} rows, {}: {}", each.component,
                           each.facts.database.name, each.facts.rows.size(), rows,
                           to_human(ByteSize{info == nullptr ? 0 : info->plain_bytes}),
                           describe_place(each, context.restore->request))});
}

}  // namespace

Result<void> execute(const plan::RestorePostgresql& action, StepContext& context) {
  return restore_postgres(action, context);
}

Preview preview(const plan::RestorePostgresql& action, StepContext& context) {
  Preview preview;
  const Result<PostgresScope> scope = postgres_scope(action, context);
  if (!scope)
    return {{.problem = true, .text = to_string(scope.error())}};
  if (!scope->globals_component.empty()) {
    preview.push_back({.text = fmt::format("{}: {} roles; others stay as they are",
                                           scope->globals_component, scope->globals.roles)});
  }
  for (const PostgresRestore& each : scope->databases)
    preview_database(each, context, preview);
  const bool on_server = context.restore->request.to_directory.empty() && !scope->databases.empty();
  if (!on_server)
    return preview;
  const Result<PostgresServer> server = open_postgres(action.server, context);
  if (server) {
    const Preview changes = preview_changes(*server, *scope, context);
    preview.insert(preview.end(), changes.begin(), changes.end());
    preview.push_back({.text = "runs " + server->show_import(scope->databases.front().scratch)});
  }
  const Result<void> possible = check_postgres_targets(action, context);
  if (!possible)
    preview.push_back({.problem = true, .text = to_string(possible.error())});
  return preview;
}

}  // namespace backstay::runtime
