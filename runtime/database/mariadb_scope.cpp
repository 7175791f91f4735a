// What a restore step covers, from the manifest; and its dumps as plain files.
#include <algorithm>

#include "runtime/database/artefacts.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

bool wanted(const RestoreRequest& request, const std::string& database) {
  return request.databases.empty() || std::find(request.databases.begin(), request.databases.end(),
                                                database) != request.databases.end();
}

Result<void> take_component(const std::string& component,
                            StepContext& context,
                            RestoreScope& scope) {
  const RestoreRun& run = *context.restore;
  if (component.empty() || !run.components.contains(component))
    return {};
  const ComponentInfo* info = context.snapshot->component(component);
  if (info == nullptr)
    return not_in_snapshot(component);
  BACKSTAY_ASSIGN(const MariadbFacts facts, read_mariadb_facts(info->facts));
  for (const DatabaseFacts& database : facts.databases) {
    if (!wanted(run.request, database.name))
      continue;
    const std::string target = database.name + run.request.database_suffix;
    scope.databases.push_back({.component = component,
                               .facts = database,
                               .server_version = facts.server_version,
                               .target = target,
                               .scratch = side_name(target, "backstay", context.run_id),
                               .aside = side_name(target, "orig", context.run_id)});
  }
  return {};
}

}  // namespace

Result<RestoreScope> restore_scope(const plan::RestoreMariadb& action, StepContext& context) {
  RestoreScope scope;
  for (const plan::DatabaseComponent& each : action.databases) {
    BACKSTAY_TRY(take_component(each.component, context, scope));
  }
  const RestoreRun& run = *context.restore;
  for (const std::string& component : run.components) {
    const bool of_all =
        !action.all_component.empty() && component.starts_with(action.all_component + ".");
    if (of_all)
      BACKSTAY_TRY(take_component(component, context, scope));
  }
  // Copies beside the real databases do not touch who may log in
  const bool accounts = !action.accounts_component.empty() &&
                        run.components.contains(action.accounts_component) &&
                        run.request.database_suffix.empty();
  if (!accounts)
    return scope;
  const ComponentInfo* info = context.snapshot->component(action.accounts_component);
  if (info == nullptr)
    return not_in_snapshot(action.accounts_component);
  scope.accounts_component = action.accounts_component;
  BACKSTAY_ASSIGN(scope.accounts, read_accounts_facts(info->facts));
  return scope;
}

Result<void> extract_dumps(const RestoreScope& scope,
                           const std::string& directory,
                           StepContext& context) {
  BACKSTAY_TRY(make_directories(context.world.files, directory, 0755));
  const auto path = [&](const std::string& component, const std::string& stream) {
    return directory + "/" + component + "." + stream;
  };
  for (const DatabaseRestore& each : scope.databases) {
    std::vector<std::string> streams = rows_streams(each.facts);
    streams.push_back(each.facts.code_stream);
    for (const std::string& stream : streams)
      BACKSTAY_TRY(copy_artefact(context, each.component, stream, path(each.component, stream)));
  }
  if (scope.accounts_component.empty())
    return {};
  return copy_artefact(context, scope.accounts_component, "accounts.sql",
                       path(scope.accounts_component, "accounts.sql"));
}

}  // namespace backstay::runtime
