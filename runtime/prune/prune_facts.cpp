#include "runtime/prune/prune_facts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/drill/evidence.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/store_list.hpp"

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

bool is_verified(Filesystem& files, const Store& store, const std::string& snapshot) {
  const Json json = last_record(files, store, snapshot, "verify");
  return json.is_object() && json.value("intact", false);
}

/// `{"because": …, "until": RFC 3339}`; one that is over, or was released with an empty reason,
/// holds nothing.
std::string held(Filesystem& files,
                 const Store& store,
                 const std::string& snapshot,
                 sys_seconds now) {
  const auto records = read_records(files, store, snapshot, kHoldRecord);
  if (!records)
    return "its holds cannot be read";
  if (records->empty())
    return {};
  const Json json = Json::parse(records->back(), nullptr, false);
  if (!json.is_object())
    return "its hold cannot be read";
  const std::string until = json.value("until", "");
  return until.empty() || instant(until) > now ? json.value("because", "") : std::string();
}

/// A further target that every point must have reached before the main one lets it go.
class Copies {
 public:
  Copies(Filesystem& files, const PruneScope& scope) : files_(files) {
    if (scope.target.name != scope.backup.target)
      return;
    for (const plan::Copy& copy : scope.backup.copies)
      add(*scope.plan.target(copy.target));
  }

  /// The first target that neither has it nor has pruned it; empty: it was everywhere.
  [[nodiscard]] std::string missing(const std::string& snapshot) const {
    for (const auto& [name, store] : stores_) {
      if (!store || !reached(*store, snapshot))
        return name;
    }
    return {};
  }

 private:
  void add(const plan::Target& target) {
    std::optional<Store> store;
    if (target.kind == "directory") {
      if (auto opened = open_store_for_reading(files_, target.path))
        store = std::move(*opened);
    }
    stores_.emplace_back(target.name, std::move(store));
  }

  [[nodiscard]] bool reached(const Store& store, const std::string& snapshot) const {
    if (exists(files_,
               layout::snapshot(store.path, snapshot) + "/" + std::string(layout::kManifest))) {
      return true;
    }
    return last_record(files_, store, snapshot, kTombstoneRecord).is_object();
  }

  Filesystem& files_;
  std::vector<std::pair<std::string, std::optional<Store>>> stores_;
};

std::optional<Duration> strictest_rpo(const PruneScope& scope) {
  constexpr std::string_view kRpo = "rpo ";
  std::optional<Duration> strictest;
  for (const plan::Promise& promise : scope.plan.promises) {
    const bool covered = std::any_of(
        scope.backup.services.begin(), scope.backup.services.end(),
        [&](const std::string& service) { return promise.subject == "service " + service; });
    if (!covered || !promise.promise.starts_with(kRpo))
      continue;
    const std::string_view rest = std::string_view(promise.promise).substr(kRpo.size());
    const auto duration = parse_duration(rest.substr(0, rest.find(' ')));
    if (duration && (!strictest || *duration < *strictest))
      strictest = duration;
  }
  return strictest;
}

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

void hold_for_restores(Filesystem& files, const std::string& state_directory, PruneFacts& facts) {
  for (const RecordContent& restore : read_restores(files, state_directory)) {
    if (!restore.open())
      continue;
    for (PrunePoint& point : facts.points) {
      if (point.id == restore.kept_current || point.id == restore.kept_before_undo)
        point.held = fmt::format("restore {} is neither committed nor undone", restore.header.id);
    }
  }
}

Result<PruneFacts> read_prune_facts(Filesystem& files,
                                    Clock& clock,
                                    const Store& store,
                                    const PruneScope& scope) {
  BACKSTAY_TRY(refuse_unreadable(files, store));
  const plan::Retention* retention = scope.plan.retention(scope.retention);
  BACKSTAY_CHECK(retention != nullptr, "plan::verify proves that the retention exists");
  PruneFacts facts{.retention = *retention,
                   .points = {},
                   .now = std::chrono::floor<std::chrono::seconds>(clock.now())};
  facts.rpo = strictest_rpo(scope);
  facts.locked = parse_duration(scope.target.locked);
  facts.last_prune = last_prune(files, store, scope);
  BACKSTAY_ASSIGN(auto snapshots, list_snapshots(files, store,
                                                 {.policy = scope.plan.policy,
                                                  .backup = scope.backup.name,
                                                  .host = scope.host}));
  std::reverse(snapshots.begin(), snapshots.end());  // oldest first
  const Copies copies(files, scope);
  for (const SnapshotSummary& one : snapshots) {
    const auto evidence = last_evidence(files, store, one.id);
    facts.points.push_back({.id = one.id,
                            .at = instant(one.started),
                            .partial = one.partial,
                            .keep_current = one.keep_current,
                            .verified = is_verified(files, store, one.id),
                            .drilled = evidence && evidence->drilled,
                            .held = held(files, store, one.id, facts.now),
                            .not_copied = copies.missing(one.id)});
  }
  return facts;
}

}  // namespace backstay::runtime
