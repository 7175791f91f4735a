#include "runtime/drill/drill_data_files.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "runtime/database/artefacts.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_physical.hpp"
#include "runtime/database/physical_restore.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// Where mariadb-backup notes how InnoDB was set up.
constexpr std::string_view kOptionFile = "/backup-my.cnf";
constexpr std::array<std::string_view, 4> kOptions = {"innodb_checksum_algorithm",
                                                      "innodb_data_file_path", "innodb_page_size",
                                                      "innodb_undo_tablespaces"};

/// No slash: a file of the system's tables outside of the data directory is nobody's to open.
bool is_harmless(std::string_view value) {
  constexpr std::string_view kMore = ":;._";
  return !value.empty() && value.find("..") == std::string_view::npos &&
         std::all_of(value.begin(), value.end(), [&](char byte) {
           return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                  (byte >= '0' && byte <= '9') || kMore.find(byte) != std::string_view::npos;
         });
}

Result<void> prepare(const plan::RestoreMariadbPhysical& action,
                     const ScratchServer& server,
                     StepContext& context) {
  BACKSTAY_ASSIGN(const auto stream,
                  context.snapshot->open_stream(action.component, kPhysicalStream));
  const PrepareCall call{.runner = context.world.commands,
                         .stop = context.stop,
                         .deadline = std::chrono::seconds(context.step.timeout.seconds),
                         .progress = [&](std::uint64_t bytes) {
                           context.events.progress(context.step.id, bytes, action.component);
                         }};
  BACKSTAY_TRY(prepare_physical(*stream, server.data(), call));
  return server.account ? give_tree(server.data(), server.account->user, server.account->group)
                        : Result<void>();
}

Result<void> require_release(const ScratchServer& server, const PhysicalFacts& facts) {
  if (release_of(server.version) == release_of(facts.server_version))
    return {};
  return Error{.kind = ErrorKind::ToolMissing,
               .message = fmt::format("mariadbd is {}, the data files are of {}", server.version,
                                      facts.server_version),
               .hint = "drill them on a host with that release"};
}

}  // namespace

std::vector<std::string> data_file_options(std::string_view noted) {
  std::vector<std::string> options;
  while (!noted.empty()) {
    const std::size_t end = std::min(noted.find('\n'), noted.size());
    const std::string_view line = noted.substr(0, end);
    noted.remove_prefix(std::min(end + 1, noted.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      continue;
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (std::find(kOptions.begin(), kOptions.end(), name) == kOptions.end() || !is_harmless(value))
      continue;
    std::string option = "--" + std::string(name) + "=" + std::string(value);
    std::replace(option.begin(), option.begin() + static_cast<std::ptrdiff_t>(equals) + 2, '_',
                 '-');
    options.push_back(std::move(option));
  }
  return options;
}

Result<void> drill_data_files(const plan::RestoreMariadbPhysical& action, StepContext& context) {
  if (!context.restore->components.contains(action.component))
    return {};
  const auto found = context.drill->servers.find(action.server);
  BACKSTAY_CHECK(found != context.drill->servers.end(),
                 "the sandbox has every server of its steps");
  ScratchServer& server = found->second;
  const ComponentInfo* info = context.snapshot->component(action.component);
  if (info == nullptr)
    return not_in_snapshot(action.component);
  BACKSTAY_ASSIGN(const PhysicalFacts facts, read_physical_facts(info->facts));
  BACKSTAY_TRY(prepare(action, server, context));
  BACKSTAY_FAILPOINT("drill.data-files-prepared");
  BACKSTAY_ASSIGN(const std::string noted,
                  read_file(context.world.files, server.data() + std::string(kOptionFile)));
  server.options = data_file_options(noted);
  BACKSTAY_TRY(start_scratch_server(server, context.world, context.stop));
  return require_release(server, facts);
}

}  // namespace backstay::runtime
