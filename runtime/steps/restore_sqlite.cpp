// A SQLite file back into its place.
#include <fmt/format.h>

#include "lang/base/units.hpp"
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
  const bool there = exists(context.world.files, path);
  return {{.text = fmt::format("{}: SQLite file {}, {}{}", action.component, path,
                               to_human(ByteSize{info->plain_bytes}),
                               there ? ", the old one kept as " + path + ".orig-" + context.run_id
                                     : std::string())}};
}

}  // namespace backstay::runtime
