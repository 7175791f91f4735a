// The data directory of one server, prepared beside and exchanged.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/mariadb_physical.hpp"
#include "runtime/database/physical_restore.hpp"
#include "runtime/drill/drill_data_files.hpp"
#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

Result<void> execute(const plan::RestoreMariadbPhysical& action, StepContext& context) {
  return context.drill != nullptr ? drill_data_files(action, context)
                                  : restore_physical(action, context);
}

Preview preview(const plan::RestoreMariadbPhysical& action, StepContext& context) {
  if (!context.restore->components.contains(action.component))
    return {};
  Preview lines;
  const std::string place = physical_place(action, context);
  const ComponentInfo* info = context.snapshot->component(action.component);
  lines.push_back(
      {.text = fmt::format("{}: data files, {}, prepared beside and put into {}", action.component,
                           to_human(ByteSize{info == nullptr ? 0 : info->plain_bytes}), place)});
  if (info != nullptr) {
    if (const auto facts = read_physical_facts(info->facts)) {
      lines.push_back({.text = fmt::format("of MariaDB {}, {} files, as of {}",
                                           facts->server_version, facts->files, facts->instant)});
    }
  }
  const plan::Server* server = context.plan.server(action.server);
  const bool in_place = context.restore->request.to_directory.empty();
  if (in_place && server != nullptr && !server->units.empty() && !units_left_to_hands(context)) {
    lines.push_back({.text = "stops and starts " + shell_words(server->units)});
  }
  lines.push_back({.text = fmt::format("runs mbstream --extract --directory={0}.backstay-new-RUN, "
                                       "mariadb-backup --prepare --target-dir={0}.backstay-new-RUN",
                                       place)});
  if (const auto possible = check_physical_target(action, context); !possible)
    lines.push_back({.problem = true, .text = to_string(possible.error())});
  return lines;
}

}  // namespace backstay::runtime
