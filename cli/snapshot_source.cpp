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

void add_identity_option(CLI::App& verb, SourceOptions& options) {
  verb.add_option("--identity", options.identity,
                  "File of an age identity that opens what is sealed (default: the one that the "
                  "plan names, where it is on this machine)");
}

std::string identity_of(runtime::Filesystem& files,
                        const plan::Plan& plan,
                        const std::string& target) {
  const plan::Target* sealed = plan.target(target);
  const bool seals = sealed != nullptr && !sealed->seal.empty();
  const plan::Key* key = seals ? plan.key(sealed->seal) : nullptr;
  const plan::Secret* secret =
      key == nullptr || key->identity.empty() ? nullptr : plan.secret(key->identity);
  const bool here = secret != nullptr && !secret->file.empty() && exists(files, secret->file);
  return here ? secret->file : std::string();
}

Result<std::unique_ptr<runtime::UnsealingFilesystem>> open_sealed_files(
    runtime::Filesystem& files, runtime::CommandRunner& commands, const std::string& identity) {
  if (identity.empty()) {
    return std::make_unique<runtime::UnsealingFilesystem>(files);
  }
  BACKSTAY_ASSIGN(auto unsealer, runtime::Unsealer::open(commands, identity));
  return std::make_unique<runtime::UnsealingFilesystem>(files, std::move(unsealer));
}

Result<SnapshotSource> open_source(runtime::Filesystem& files, const SourceOptions& options) {
  SnapshotSource source{
      .plan = {},
      .store = {},
      .filter = {.policy = options.policy, .backup = options.backup, .host = options.host},
      .identity = options.identity.empty() ? "" : absolute_path(options.identity)};
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
  if (source.identity.empty()) {
    source.identity = identity_of(files, source.plan->plan, target->name);
  }
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
