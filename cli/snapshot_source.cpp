#include "cli/snapshot_source.hpp"

#include <chrono>
#include <ctime>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/output_file.hpp"
#include "lang/base/units.hpp"
#include "runtime/executor/choose.hpp"

namespace backstay::cli {

void add_source_options(CLI::App& verb, SourceOptions& options) {
  verb.add_option("PLAN|STORE", options.place, "A plan file, or the directory of a store")
      ->required();
  verb.add_option("--backup", options.backup, "Which backup, where there are several");
  verb.add_option("--host", options.host, "Only snapshots of this host");
  verb.add_option("--policy", options.policy, "Only snapshots of this policy (with a store)");
}

Result<SnapshotSource> open_source(runtime::Filesystem& files, const SourceOptions& options) {
  SnapshotSource source{
      .plan = {},
      .store = {},
      .filter = {.policy = options.policy, .backup = options.backup, .host = options.host}};
  const std::string path = absolute_path(options.place);
  const auto status = files.status(path);
  if (status && status->type == runtime::FileType::Directory) {
    BACKSTAY_ASSIGN(source.store, runtime::open_store_for_reading(files, path));
    return source;
  }
  BACKSTAY_ASSIGN(source.plan, read_plan_file(options.place));
  BACKSTAY_ASSIGN(const plan::Backup* backup,
                  runtime::choose_backup(source.plan->plan, options.backup));
  const plan::Target* target = source.plan->plan.target(backup->target);
  BACKSTAY_ASSIGN(source.store, runtime::open_store_for_reading(files, target->path));
  source.filter.policy = source.plan->plan.policy;
  source.filter.backup = backup->name;
  return source;
}

std::string local_time(const std::string& rfc3339) {
  std::tm utc{};
  if (::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc) == nullptr) {
    return rfc3339;
  }
  const std::time_t when = ::timegm(&utc);
  std::tm local{};
  ::localtime_r(&when, &local);
  const std::time_t now = std::time(nullptr);
  const std::string distance =
      now < when ? "in the future" : to_human(Duration{now - when}) + " ago";
  return fmt::format("{:%Y-%m-%d %H:%M} {}, {}", local, local.tm_zone, distance);
}

}  // namespace backstay::cli
