// The data directory of one server, prepared beside and exchanged.
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
namespace {

namespace fs = std::filesystem;

/// What lies in a data directory now, all of which would be set aside.
Preview preview_data_directory(const std::string& path, const std::string& aside) {
  const std::set<std::string> own = {"mysql", "performance_schema", "sys"};
  std::set<std::string> databases;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::error_code failed;
  for (fs::recursive_directory_iterator each(path, failed), end; !failed && each != end;
       each.increment(failed)) {
    std::error_code gone;  // a server that runs takes files away
    const std::string name = each->path().filename().string();
    if (each->is_directory(gone)) {
      if (each.depth() == 0 && !own.contains(name) && !name.starts_with('#'))
        databases.insert(name);
      continue;
    }
    const std::uintmax_t size = each->file_size(gone);
    bytes += gone ? 0 : size;
    ++files;
  }
  if (failed == std::errc::no_such_file_or_directory || (!failed && files == 0))
    return {{.text = "there is nothing in " + path + " now"}};
  if (failed)
    return {{.unknown = true, .text = "what is in " + path + " now: " + failed.message()}};
  return {
      {.text = fmt::format(
           "{} now: {} in {} files, databases: {}; all of it goes to {}", path,
           to_human(ByteSize{bytes}), files,
           databases.empty() ? "none" : fmt::format("{}", fmt::join(databases, ", ")), aside)},
      {.unknown = true,
       .text = "which databases, tables and rows come back: the files are exchanged as a whole; "
               "`backstay drill` starts a server on them"}};
}

}  // namespace

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
  if (in_place) {
    const Preview now = preview_data_directory(place, place + ".orig-" + context.run_id);
    lines.insert(lines.end(), now.begin(), now.end());
  }
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
