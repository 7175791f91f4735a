#include "cli/snapshot_source.hpp"

#include <chrono>
#include <ctime>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/output_file.hpp"
#include "lang/base/suggest.hpp"
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

void add_from_option(CLI::App& verb, SourceOptions& options) {
  verb.add_option("--from", options.from,
                  "Read from this target of the plan instead of the backup's own");
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

namespace {

// The target that is read, and how.
Result<void> open_plan_target(runtime::Filesystem& files,
                              const SourceOptions& options,
                              const plan::Backup& backup,
                              SnapshotSource& source,
                              const std::stop_token& stop) {
  const plan::Plan& plan = source.plan->plan;
  const plan::Target* own = plan.target(backup.target);
  const plan::Target* target = options.from.empty() ? own : plan.target(options.from);
  if (target == nullptr) {
    std::vector<std::string> names;
    for (const plan::Target& one : plan.targets)
      names.push_back(one.name);
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan holds no target `{}`", options.from),
                 .hint = did_you_mean(options.from, names)};
  }
  source.target = target->name;
  if (target != own)
    source.keep_in = own->path;
  if (source.identity.empty())
    source.identity = identity_of(files, plan, target->name);
  if (target->kind == "directory") {
    auto store =
        runtime::open_store_for_reading(files, target->path, runtime::find_directories({}));
    if (!store && target == own && !backup.copies.empty()) {
      Error lost = store.error();
      lost.hint += fmt::format("{}a copy is read with `--from {}`", lost.hint.empty() ? "" : "; ",
                               backup.copies.front().target);
      return lost;
    }
    BACKSTAY_ASSIGN(source.store, std::move(store));
    return {};
  }
  BACKSTAY_ASSIGN(source.remote, RemoteSource::open(plan, *target, stop));
  BACKSTAY_ASSIGN(source.store, source.remote->store());
  source.filter.place = source.remote->describe();
  return {};
}

}  // namespace

Result<SnapshotSource> open_source(runtime::Filesystem& files,
                                   const SourceOptions& options,
                                   const std::stop_token& stop) {
  SnapshotSource source{
      .plan = {},
      .store = {},
      .filter = {.policy = options.policy, .backup = options.backup, .host = options.host},
      .identity = options.identity.empty() ? "" : absolute_path(options.identity)};
  const std::string path = absolute_path(options.place);
  const auto status = files.status(path);
  if (status && status->type == runtime::FileType::Directory) {
    if (!options.from.empty())
      return Error{.kind = ErrorKind::Usage, .message = "--from names a target of a plan"};
    BACKSTAY_ASSIGN(source.store,
                    runtime::open_store_for_reading(files, path, runtime::find_directories({})));
    return source;
  }
  BACKSTAY_ASSIGN(source.plan, read_plan_file(options.place));
  BACKSTAY_ASSIGN(const plan::Backup* backup,
                  runtime::choose_backup(source.plan->plan, options.backup));
  if (!options.policy.empty() && options.policy != source.plan->plan.policy)
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is of policy `{}`, not of `{}`", options.place,
                                        source.plan->plan.policy, options.policy),
                 .hint = "--policy goes with the directory of a store"};
  source.filter.policy = source.plan->plan.policy;
  source.filter.backup = backup->name;
  BACKSTAY_TRY(open_plan_target(files, options, *backup, source, stop));
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
