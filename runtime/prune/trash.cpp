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
#include "runtime/system/json_text.hpp"

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
                            std::chrono::sys_seconds now) {
  BACKSTAY_ASSIGN(const auto hold, read_hold(files, store, snapshot));
  if (!hold || !holds(*hold, now))
    return {};
  return Error{.kind = ErrorKind::Busy,
               .message = "snapshot " + snapshot + " is held since a moment ago"};
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

/// A snapshot's own `..` changes when it moves, which its mode forbids to an owner who is not root.
Result<void> move_whole(Filesystem& files, const std::string& from, const std::string& to) {
  auto moved = files.rename_no_replace(from, to);
  if (!moved && ::geteuid() != 0) {
    BACKSTAY_TRY(files.change_mode(from, 0700));
    moved = files.rename_no_replace(from, to);
  }
  return moved;
}

/// Both names are durable.
Result<void> settle_names(Filesystem& files, const Store& store) {
  BACKSTAY_TRY(files.sync_directory(layout::trash(store.path)));
  return files.sync_directory(layout::snapshots(store.path));
}

/// When a point of this history went into the trash; nothing where that is not known.
std::optional<std::chrono::sys_seconds> trashed_at(Filesystem& files,
                                                   const Store& store,
                                                   const PruneScope& scope,
                                                   const std::string& snapshot) {
  const auto found = read_tombstone(files, store, snapshot);
  if (!found || found->policy != scope.plan.policy || found->backup != scope.backup.name ||
      found->host != scope.host)
    return std::nullopt;
  return found->at;
}

bool newer_point_since(const PruneFacts& facts, std::chrono::sys_seconds then) {
  return std::any_of(facts.points.begin(), facts.points.end(), [&](const PrunePoint& point) {
    return !point.partial && point.verified && point.at > then && point.at <= facts.now;
  });
}

}  // namespace

Tombstone tombstone_of(const PruneScope& scope,
                       const PruneVerdict& verdict,
                       std::chrono::sys_seconds now,
                       const std::string& decision) {
  return {.policy = scope.plan.policy,
          .backup = scope.backup.name,
          .host = scope.host,
          .target = scope.target.name,
          .snapshot = verdict.id,
          .because = verdict.reasons,
          .decision = decision,
          .at = now};
}

std::string to_json(const Tombstone& tombstone, const std::string& manifest_sha256) {
  const Json json = {{"schema_version", 1},
                     {"policy", tombstone.policy},
                     {"backup", tombstone.backup},
                     {"host", tombstone.host},
                     {"target", tombstone.target},
                     {"snapshot", tombstone.snapshot},
                     {"manifest_sha256", manifest_sha256},
                     {"at", to_rfc3339(tombstone.at)},
                     {"because", tombstone.because},
                     {"decision", tombstone.decision}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Tombstone> parse_tombstone(const std::string& text, const std::string& snapshot) {
  const Json json = Json::parse(text, nullptr, false);
  const auto at = json.is_object() ? from_rfc3339(text_of(json, "at")) : std::nullopt;
  if (!at)
    return std::nullopt;
  return Tombstone{.policy = text_of(json, "policy"),
                   .backup = text_of(json, "backup"),
                   .host = text_of(json, "host"),
                   .target = text_of(json, "target"),
                   .snapshot = snapshot,
                   .because = {},
                   .decision = text_of(json, "decision"),
                   .at = std::chrono::floor<std::chrono::seconds>(*at)};
}

std::optional<Tombstone> read_tombstone(Filesystem& files,
                                        const Store& store,
                                        const std::string& snapshot) {
  const auto records = layout::is_plain_name(snapshot)
                           ? read_records(files, store, snapshot, kTombstoneRecord)
                           : Result<std::vector<std::string>>(std::vector<std::string>());
  return records && !records->empty() ? parse_tombstone(records->back(), snapshot) : std::nullopt;
}

Result<void> move_to_trash(Filesystem& files, const Store& store, const Tombstone& tombstone) {
  const std::string path = layout::snapshot(store.path, tombstone.snapshot);
  const std::string away = layout::trash(store.path) + "/" + tombstone.snapshot;
  BACKSTAY_ASSIGN(const Lock lock, lock_snapshot(path));
  BACKSTAY_TRY(check_not_held(files, store, tombstone.snapshot, tombstone.at));
  BACKSTAY_ASSIGN(const std::string manifest,
                  read_file(files, path + "/" + std::string(layout::kManifest)));
  // First the word about it: a gap without a tombstone is tampering, a tombstone without a gap is a
  // prune that was cut short.
  BACKSTAY_TRY(write_record(files, store, tombstone.snapshot, kTombstoneRecord,
                            to_json(tombstone, to_hex(sha256(manifest)))));
  BACKSTAY_FAILPOINT("prune.tombstone");
  BACKSTAY_TRY(move_whole(files, path, away));
  BACKSTAY_FAILPOINT("prune.moved");
  return settle_names(files, store);
}

Result<void> remove_from_trash(Filesystem& files, const Store& store, const std::string& snapshot) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  const std::string path = layout::trash(store.path) + "/" + snapshot;
  BACKSTAY_FAILPOINT("prune.reclaim");
  if (::geteuid() != 0)
    BACKSTAY_TRY(open_directories(files, path));
  // First what makes it a snapshot: nothing brings half of one back.
  auto closed = files.unlink(path + "/" + std::string(layout::kManifest));
  if (!closed && closed.error().kind != ErrorKind::NotFound)
    return closed;
  return remove_tree(files, path);
}

Result<void> take_from_trash(Filesystem& files, const Store& store, const std::string& snapshot) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  const std::string path = layout::trash(store.path) + "/" + snapshot;
  // Why the manifest: a removal for good may have begun with it.
  if (!exists(files, path + "/" + std::string(layout::kManifest))) {
    return Error{
        .kind = ErrorKind::NotFound,
        .message = fmt::format("snapshot {} is not in the trash of `{}`", snapshot, store.path)};
  }
  BACKSTAY_TRY(move_whole(files, path, layout::snapshot(store.path, snapshot)));
  (void)files.change_mode(layout::snapshot(store.path, snapshot), 0500);
  return settle_names(files, store);
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
    BACKSTAY_TRY(remove_from_trash(files, store, name));
  }
  return report;
}

}  // namespace backstay::runtime
