#include "runtime/prune/prune_facts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/drill/evidence.hpp"
#include "runtime/prune/copy_tombstone.hpp"
#include "runtime/prune/hold.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/status/promised_rpo.hpp"
#include "runtime/store/another_machine.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/target/copy_to_target.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;
using std::chrono::sys_seconds;

sys_seconds instant(const std::string& rfc3339) {
  const auto at = from_rfc3339(rfc3339);
  return at ? std::chrono::floor<std::chrono::seconds>(*at) : sys_seconds::max();
}

/// The last record of a kind, as an object; null where there is none or it cannot be read.
Json last_record(Filesystem& files,
                 const Store& store,
                 const std::string& snapshot,
                 const std::string& kind) {
  const auto records = read_records(files, store, snapshot, kind);
  return records && !records->empty() ? Json::parse(records->back(), nullptr, false) : Json();
}

/// The receipt of a directory store, for what was copied into it: every byte of it was read back.
bool is_copied_here(Filesystem& files, const Store& store, const std::string& snapshot) {
  const Json json = last_record(files, store, snapshot, kReceiptRecord);
  return json.is_object() && json.contains("from-store");
}

/// Why a point must stay; empty: it may go. A hold that cannot be read holds.
std::string held(Filesystem& files,
                 const Store& store,
                 const std::string& snapshot,
                 sys_seconds now) {
  const auto hold = read_hold(files, store, snapshot);
  if (!hold)
    return "its hold cannot be read";
  return *hold && holds(**hold, now) ? (*hold)->because : std::string();
}

bool is_damaged_there(Filesystem& files,
                      const Store& main,
                      const std::string& snapshot,
                      const std::string& target) {
  const auto receipt = last_receipt(files, main, snapshot, target);
  return is_damaged(
      read_copy_verification(files, main, snapshot, target, receipt ? receipt->at : ""));
}

/// A further target that every point must have reached before the main one lets it go.
class Copies {
 public:
  Copies(Filesystem& files, const Store& main, const PruneScope& scope)
      : files_(files), main_(main) {
    if (scope.target.name != scope.backup.target)
      return;
    for (const plan::Copy& copy : scope.backup.copies)
      add(*scope.plan.target(copy.target), !copy.schedule.empty());
  }

  /// The first target where no receipt proves it and no tombstone says that it was there; empty: it
  /// was everywhere. A copy with a schedule of its own takes what is newest then and never goes
  /// back to what was made in between: once a newer point was there, an older one is not asked for.
  /// So points are asked about newest first.
  [[nodiscard]] std::string missing(const std::string& snapshot) {
    std::string first;
    for (Place& place : places_) {
      const bool proven = place.directory ? place.store && reached(*place.store, snapshot)
                                          : is_received(snapshot, place.target);
      place.overtaken = place.overtaken || (proven && place.own_schedule);
      if (!proven && !place.overtaken && first.empty())
        first = place.target;
    }
    return first;
  }

 private:
  struct Place {
    std::string target;
    bool directory = true;
    bool own_schedule = false;
    bool overtaken = false;           ///< a newer point was there
    std::optional<Store> store = {};  ///< of a directory that can be read
  };

  void add(const plan::Target& target, bool own_schedule) {
    std::optional<Store> store;
    const bool directory = target.kind == "directory";
    if (directory) {
      if (auto opened = open_store_for_reading(files_, target.path, {})) {
        store = std::move(*opened);
        store->signing = main_.signing;  // one host, one configuration
      }
    }
    places_.push_back({.target = target.name,
                       .directory = directory,
                       .own_schedule = own_schedule,
                       .store = std::move(store)});
  }

  /// A receipt, and no word since that the copy is damaged.
  [[nodiscard]] bool is_received(const std::string& snapshot, const std::string& target) const {
    return last_receipt(files_, main_, snapshot, target) &&
           !is_damaged_there(files_, main_, snapshot, target);
  }

  [[nodiscard]] bool reached(const Store& store, const std::string& snapshot) const {
    const bool there = exists(
        files_, layout::snapshot(store.path, snapshot) + "/" + std::string(layout::kManifest));
    if (there && is_copied_here(files_, store, snapshot) &&
        !is_damaged(read_verification(files_, store, snapshot, {})) &&
        check_snapshot_signature(files_, store, snapshot))
      return true;
    return last_record(files_, store, snapshot, kTombstoneRecord).is_object();
  }

  Filesystem& files_;
  const Store& main_;
  std::vector<Place> places_;
};

/// When a point of this history went last.
std::optional<sys_seconds> last_prune(Filesystem& files,
                                      const Store& store,
                                      const PruneScope& scope) {
  std::optional<sys_seconds> last;
  const auto names = files.list(layout::records(store.path));
  if (!names)
    return last;
  for (const std::string& name : *names) {
    const Json json = last_record(files, store, name, kTombstoneRecord);
    if (!json.is_object() || json.value("policy", "") != scope.plan.policy ||
        json.value("backup", "") != scope.backup.name || json.value("host", "") != scope.host) {
      continue;
    }
    const sys_seconds at = instant(json.value("at", ""));
    if (at != sys_seconds::max() && (!last || *last < at))
      last = at;
  }
  return last;
}

/// Another history's manifest may be unreadable too, and then it is not known whose it is.
Result<void> refuse_unreadable(Filesystem& files, const Store& store) {
  BACKSTAY_ASSIGN(const auto all, list_snapshots(files, store, {}));
  for (const SnapshotSummary& one : all) {
    if (one.problem.empty())
      continue;
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("nothing is pruned: the manifest of {} cannot be read ({})",
                                        one.id, one.problem),
                 .hint = "look at the store's disk; `backstay store check` says more"};
  }
  return {};
}

}  // namespace

Result<std::string> newest_verified(Filesystem& files,
                                    const Store& store,
                                    const SnapshotFilter& filter,
                                    const std::string& state) {
  BACKSTAY_ASSIGN(auto snapshots, list_snapshots(files, store, filter));
  flag_unsigned(files, store, snapshots);
  for (const SnapshotSummary& one : snapshots) {  // newest first
    const auto known = read_verification(files, store, one.id, state);
    const bool verified = known ? known->intact : is_copied_here(files, store, one.id);
    if (one.problem.empty() && !one.partial && verified)
      return one.id;
  }
  return Error{.kind = ErrorKind::NotFound,
               .message = fmt::format("there is no complete and verified snapshot of backup {} in "
                                      "`{}`",
                                      filter.backup, store.path),
               .hint = "a run makes one"};
}

namespace {

/// Why what a restore kept first stays; empty: nothing of the restore holds it any more.
std::string held_by(const RecordContent& restore, sys_seconds now) {
  constexpr std::chrono::days kAfter{7};
  if (restore.open())
    return fmt::format("restore {} is neither committed nor undone", restore.header.id);
  const auto ended = from_rfc3339(restore.ended);
  if (ended && now >= std::chrono::floor<std::chrono::seconds>(*ended) + kAfter)
    return {};
  return fmt::format("restore {} was {} less than a week ago", restore.header.id,
                     to_string(restore.state));
}

}  // namespace

void hold_for_restores(Filesystem& files, const std::string& state_directory, PruneFacts& facts) {
  for (const RecordContent& restore : read_restores(files, state_directory)) {
    const std::string held = held_by(restore, facts.now);
    for (PrunePoint& point : facts.points) {
      if (!held.empty() &&
          (point.id == restore.kept_current || point.id == restore.kept_before_undo))
        point.held = held;
    }
  }
}

namespace {

PruneFacts facts_without_points(Clock& clock, const PruneScope& scope) {
  const plan::Retention* retention = scope.plan.retention(scope.retention);
  BACKSTAY_CHECK(retention != nullptr, "plan::verify proves that the retention exists");
  PruneFacts facts{.retention = *retention,
                   .points = {},
                   .now = std::chrono::floor<std::chrono::seconds>(clock.now())};
  facts.rpo = strictest_rpo(scope.plan, scope.backup);
  facts.locked = parse_duration(scope.target.locked);
  return facts;
}

/// Oldest first.
Result<std::vector<SnapshotSummary>> points_of(Filesystem& files,
                                               const Store& store,
                                               const PruneScope& scope) {
  BACKSTAY_ASSIGN(auto snapshots, list_snapshots(files, store,
                                                 {.policy = scope.plan.policy,
                                                  .backup = scope.backup.name,
                                                  .host = scope.host}));
  std::reverse(snapshots.begin(), snapshots.end());
  return snapshots;
}

/// The receipt names the very manifest that lies there now.
bool is_proven_there(Filesystem& files,
                     const Store& main,
                     const RemoteCopies& there,
                     const PruneScope& scope,
                     const std::string& snapshot) {
  const auto receipt = last_receipt(files, main, snapshot, scope.target.name);
  const auto manifest = read_file(there.files, layout::snapshot(there.store.path, snapshot) + "/" +
                                                   std::string(layout::kManifest));
  return receipt && receipt->store == there.uuid && manifest &&
         receipt->manifest == to_hex(sha256(*manifest));
}

/// When a copy of this history went from the target last.
std::optional<sys_seconds> last_remote_prune(Filesystem& files,
                                             const Store& main,
                                             const PruneScope& scope) {
  std::optional<sys_seconds> last;
  const auto names = files.list(layout::records(main.path));
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    const auto gone = layout::is_plain_name(name)
                          ? last_copy_tombstone(files, main, name, scope.target.name)
                          : std::nullopt;
    const bool ours = gone && gone->policy == scope.plan.policy &&
                      gone->backup == scope.backup.name && gone->host == scope.host;
    if (ours && (!last || *last < gone->at))
      last = gone->at;
  }
  return last;
}

}  // namespace

Result<PruneFacts> read_remote_facts(Filesystem& files,
                                     Clock& clock,
                                     const Store& main,
                                     const RemoteCopies& there,
                                     const PruneScope& scope) {
  BACKSTAY_TRY(refuse_unreadable(there.files, there.store));
  PruneFacts facts = facts_without_points(clock, scope);
  facts.last_prune = last_remote_prune(files, main, scope);
  BACKSTAY_ASSIGN(const auto copies, points_of(there.files, there.store, scope));
  for (const SnapshotSummary& one : copies) {
    const Store& drills = there.drills != nullptr ? *there.drills : main;
    const auto evidence = last_evidence(files, drills, one.id);
    const auto believed = check_snapshot_signature(there.files, there.store, one.id);
    const bool damaged = is_damaged_there(files, main, one.id, scope.target.name);
    facts.points.push_back(
        {.id = one.id,
         .at = instant(one.started),
         .partial = one.partial,
         .keep_current = one.keep_current,
         .verified = !damaged && is_proven_there(files, main, there, scope, one.id),
         .damaged = damaged,
         .drilled = evidence && evidence->drilled,
         .unbelieved = believed ? "" : believed.error().message,
         .held = held(files, main, one.id, facts.now)});
  }
  return facts;
}

Result<PruneFacts> read_prune_facts(Filesystem& files,
                                    Clock& clock,
                                    const Store& store,
                                    const PruneScope& scope) {
  BACKSTAY_TRY(refuse_unreadable(files, store));
  PruneFacts facts = facts_without_points(clock, scope);
  facts.last_prune = last_prune(files, store, scope);
  BACKSTAY_ASSIGN(const auto snapshots, points_of(files, store, scope));
  BACKSTAY_ASSIGN(const auto others, read_points_of_another_machine(
                                         files, {.config = {}, .state = scope.state, .locks = {}},
                                         store.uuid, {scope.plan.policy, scope.host}));
  for (const SnapshotSummary& one : snapshots) {
    const auto evidence = last_evidence(files, store, one.id);
    const auto believed = check_snapshot_signature(files, store, one.id);
    const auto known = read_verification(files, store, one.id, scope.state);
    facts.points.push_back(
        {.id = one.id,
         .at = instant(one.started),
         .partial = one.partial,
         .keep_current = one.keep_current,
         .verified = known ? known->intact : is_copied_here(files, store, one.id),
         .damaged = is_damaged(known),
         .drilled = evidence && evidence->drilled,
         .unbelieved = others.contains(one.id) ? "another machine of this name made it"
                       : believed              ? ""
                                               : believed.error().message,
         .held = held(files, store, one.id, facts.now)});
  }
  Copies copies(files, store, scope);
  for (auto point = facts.points.rbegin(); point != facts.points.rend(); ++point)
    point->not_copied = copies.missing(point->id);
  return facts;
}

}  // namespace backstay::runtime
