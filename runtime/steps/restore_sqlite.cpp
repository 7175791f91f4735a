// A SQLite file back into its place.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/database_change.hpp"
#include "runtime/database/sqlite_facts.hpp"
#include "runtime/database/sqlite_restore.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

Result<void> execute(const plan::RestoreSqlite& action, StepContext& context) {
  return restore_sqlite_file(action, context);
}

Preview preview(const plan::RestoreSqlite& action, StepContext& context) {
  if (!context.restore->components.contains(action.component))
    return {};
  Result<void> possible = check_sqlite_target(action, context);
  if (!possible)
    return {{.problem = true, .text = to_string(possible.error())}};
  const std::string path = sqlite_destination(action, context);
  const ComponentInfo* info = context.snapshot->component(action.component);
  const Result<SqliteFacts> facts = read_sqlite_facts(info->facts);
  if (!facts)
    return {{.problem = true, .text = to_string(facts.error())}};
  std::uint64_t rows = 0;
  for (const auto& [table, count] : facts->tables)
    rows += count;
  const std::string counted =
      facts->tables.empty() ? "" : fmt::format("{} tables, {} rows, ", facts->tables.size(), rows);
  const bool there = exists(context.world.files, path);
  Preview lines = {
      {.text = fmt::format("{}: SQLite file {}, {}{}{}", action.component, path, counted,
                           to_human(ByteSize{info->plain_bytes}),
                           there ? ", written beside and checked, then renamed into its place"
                                 : "; nothing is there now")}};
  if (there) {
    const Preview change = preview_change(path, *facts, path + ".orig-" + context.run_id);
    lines.insert(lines.end(), change.begin(), change.end());
  }
  return lines;
}

}  // namespace backstay::runtime
