#include "runtime/prune/trash.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "lang/base/sha256.hpp"
#include "runtime/prune/hold.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/records.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

/// Exclusive: a drill that reads a snapshot has it shared, and so has one who gives a hold.
Result<Lock> lock_snapshot(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0)
    return errno_error(errno, "cannot open `" + path + "`");
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return lock;
  return Error{.kind = ErrorKind::Busy, .message = "`" + path + "` is being read by a drill"};
}

/// A hold that came since the decision.
Result<void> check_not_held(Filesystem& files,
                            const Store& store,
                            const std::string& snapshot,
                            const PruneFacts& facts) {
  BACKSTAY_ASSIGN(const auto hold, read_hold(files, store, snapshot));
  if (!hold || !holds(*hold, facts.now))
    return {};
  return Error{.kind = ErrorKind::Busy,
               .message = "snapshot " + snapshot + " is held since a moment ago"};
}

std::string tombstone(const PruneScope& scope,
                      const PruneVerdict& verdict,
                      const PruneFacts& facts,
                      const std::string& manifest,
                      const std::string& digest) {
  const Json json = {{"schema_version", 1},
                     {"policy", scope.plan.policy},
                     {"backup", scope.backup.name},
                     {"host", scope.host},
                     {"target", scope.target.name},
                     {"snapshot", verdict.id},
                     {"manifest_sha256", to_hex(sha256(manifest))},
                     {"at", to_rfc3339(facts.now)},
                     {"because", verdict.reasons},
                     {"decision", digest}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Directories of a snapshot are read-only; whoever is not root may not empty them so.
Result<void> open_directories(Filesystem& files, const std::string& path) {
  BACKSTAY_TRY(files.change_mode(path, 0700));
  BACKSTAY_ASSIGN(const auto names, files.list(path));
  for (const std::string& name : names) {
    BACKSTAY_ASSIGN(const FileStatus status, files.status(path + "/" + name));
    if (status.type == FileType::Directory)
      BACKSTAY_TRY(open_directories(files, path + "/" + name));
  }
  return {};
}

/// When a point of this history went into the trash; nothing where that is not known.
std::optional<std::chrono::sys_seconds> trashed_at(Filesystem& files,
                                                   const Store& store,
                                                   const PruneScope& scope,
                                                   const std::string& snapshot) {
  const auto records = layout::is_plain_name(snapshot)
                           ? read_records(files, store, snapshot, kTombstoneRecord)
                           : Result<std::vector<std::string>>(std::vector<std::string>());
  if (!records || records->empty())
    return std::nullopt;
  const Json json = Json::parse(records->back(), nullptr, false);
  if (!json.is_object() || json.value("policy", "") != scope.plan.policy ||
      json.value("backup", "") != scope.backup.name || json.value("host", "") != scope.host) {
    return std::nullopt;
  }
  const auto at = from_rfc3339(json.value("at", ""));
  return at ? std::optional(std::chrono::floor<std::chrono::seconds>(*at)) : std::nullopt;
}

bool newer_point_since(const PruneFacts& facts, std::chrono::sys_seconds then) {
  return std::any_of(facts.points.begin(), facts.points.end(), [&](const PrunePoint& point) {
    return !point.partial && point.verified && point.at > then && point.at <= facts.now;
  });
}

}  // namespace

Result<void> move_to_trash(Filesystem& files,
                           const Store& store,
                           const PruneScope& scope,
                           const PruneVerdict& verdict,
                           const PruneFacts& facts,
                           const std::string& digest) {
  const std::string path = layout::snapshot(store.path, verdict.id);
  const std::string away = layout::trash(store.path) + "/" + verdict.id;
  BACKSTAY_ASSIGN(const Lock lock, lock_snapshot(path));
  BACKSTAY_TRY(check_not_held(files, store, verdict.id, facts));
  BACKSTAY_ASSIGN(const std::string manifest,
                  read_file(files, path + "/" + std::string(layout::kManifest)));
  // First the word about it: a gap without a tombstone is tampering, a tombstone without a gap is a
  // prune that was cut short.
  BACKSTAY_TRY(write_record(files, store, verdict.id, kTombstoneRecord,
                            tombstone(scope, verdict, facts, manifest, digest)));
  BACKSTAY_FAILPOINT("prune.tombstone");
  auto moved = files.rename_no_replace(path, away);
  if (!moved && ::geteuid() != 0) {  // its own `..` changes, which its mode forbids its owner
    BACKSTAY_TRY(files.change_mode(path, 0700));
    moved = files.rename_no_replace(path, away);
  }
  BACKSTAY_TRY(std::move(moved));
  BACKSTAY_FAILPOINT("prune.moved");
  BACKSTAY_TRY(files.sync_directory(layout::trash(store.path)));
  return files.sync_directory(layout::snapshots(store.path));
}

Result<TrashReport> reclaim_trash(Filesystem& files,
                                  const Store& store,
                                  const PruneScope& scope,
                                  const PruneFacts& facts,
                                  std::chrono::seconds grace,
                                  bool dry_run,
                                  const std::stop_token& stop) {
  TrashReport report;
  BACKSTAY_ASSIGN(const auto names, files.list(layout::trash(store.path)));
  for (const std::string& name : names) {
    const auto at = trashed_at(files, store, scope, name);
    if (!at)
      continue;
    const bool over = facts.now - *at > grace && newer_point_since(facts, *at);
    if (!over || stop.stop_requested()) {
      report.left.push_back(name);
      continue;
    }
    report.reclaimed.push_back(name);
    if (dry_run)
      continue;
    const std::string path = layout::trash(store.path) + "/" + name;
    BACKSTAY_FAILPOINT("prune.reclaim");
    if (::geteuid() != 0)
      BACKSTAY_TRY(open_directories(files, path));
    BACKSTAY_TRY(remove_tree(files, path));
  }
  return report;
}

}  // namespace backstay::runtime
