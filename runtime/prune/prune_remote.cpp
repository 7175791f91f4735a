#include "runtime/prune/prune_remote.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/plan/copy_through.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/prune/copy_tombstone.hpp"
#include "runtime/prune/hold.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/passed_on.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/open_target.hpp"
#include "runtime/target/registration.hpp"
#include "runtime/target/target_mirror.hpp"

namespace backstay::runtime {
namespace {

CopyWriter writer_of(const PruneScope& scope) {
  return {.policy = scope.plan.policy, .host = scope.host};
}

// The far side, reached and known to be the one that is meant.
struct FarSide {
  Store main;                   ///< the store that was copied
  std::optional<Store> drills;  ///< where drills of this machine note what they found, if not there
  std::vector<Lock> locks;      ///< no copy of the writer is on its way; none of a dry run
  std::unique_ptr<TargetDriver> driver;
  TargetIdentity identity;
};

// A target that others administer is pruned under a login of theirs, which may delete there.
Result<void> check_login(World& world, const PruneScope& scope, const FarSide& far) {
  plan::Target target = scope.target;
  target.deletable_by.clear();
  BACKSTAY_TRY(check_registered(world.files, world.directories, target, far.identity));
  if (scope.target.deletable_by.empty() || far.identity.deletable_by_us)
    return {};
  return Error{
      .kind = ErrorKind::Refused,
      .message = fmt::format("the login of this host cannot delete at {}", far.driver->describe()),
      .hint = fmt::format("target {} is deletable by {}: prune it under a login of theirs",
                          scope.target.name, scope.target.deletable_by)};
}

/// What others have copied to this machine: nobody copies on meanwhile, of no backup of the policy.
Result<void> open_what_was_passed_on(World& world,
                                     const PruneScope& scope,
                                     bool locked,
                                     FarSide& far) {
  BACKSTAY_ASSIGN(far.main, open_passed_on(world.files, *scope.passed_on, world.directories));
  const plan::Target* own = scope.plan.target(scope.backup.target);
  if (own != nullptr && own->kind == "directory") {
    if (auto store = open_store_for_reading(world.files, own->path, world.directories))
      far.drills = std::move(*store);
  }
  const LockHolder holder{.run_id = new_run_id(world.clock),
                          .since = to_rfc3339(world.clock.now())};
  for (const plan::Backup& backup : scope.plan.backups) {
    const bool goes_there =
        std::any_of(backup.copies.begin(), backup.copies.end(), [&](const plan::Copy& copy) {
          return copy.target == scope.target.name && !plan::through_of(copy).empty();
        });
    if (!locked || !goes_there)
      continue;
    BACKSTAY_ASSIGN(auto lock, lock_passing_on(world.files, world.directories, scope.plan.policy,
                                               backup.name, scope.target.name, holder));
    far.locks.push_back(std::move(lock));
  }
  return {};
}

Result<void> open_what_was_copied(World& world,
                                  const PruneScope& scope,
                                  bool locked,
                                  FarSide& far) {
  if (scope.passed_on != nullptr)
    return open_what_was_passed_on(world, scope, locked, far);
  const plan::Target* main = scope.plan.target(scope.backup.target);
  BACKSTAY_CHECK(main != nullptr, "plan::verify proves that the target exists");
  BACKSTAY_ASSIGN(far.main, open_store(world.files, *main, world.directories));
  if (locked) {
    BACKSTAY_ASSIGN(auto lock, lock_policy(far.main, scope.plan.policy, scope.host,
                                           {.run_id = new_run_id(world.clock),
                                            .since = to_rfc3339(world.clock.now())}));
    far.locks.push_back(std::move(lock));
  }
  return {};
}

Result<FarSide> reach(World& world,
                      const PruneScope& scope,
                      bool locked,
                      const std::stop_token& stop) {
  FarSide far;
  BACKSTAY_TRY(open_what_was_copied(world, scope, locked, far));
  BACKSTAY_ASSIGN(far.driver, open_target(world, scope.plan, scope.target));
  BACKSTAY_ASSIGN(far.identity, far.driver->identity(stop));
  BACKSTAY_TRY(check_login(world, scope, far));
  return far;
}

// Copies that receipts prove and no tombstone explains, newer than the oldest that is listed: who
// took them away, or who hides them?
std::vector<std::string> missing_there(World& world,
                                       const Store& main,
                                       const PruneScope& scope,
                                       const PruneFacts& facts,
                                       const std::vector<RemovedCopy>& removed) {
  std::set<std::string> known;
  for (const PrunePoint& point : facts.points)
    known.insert(point.id);
  for (const RemovedCopy& one : removed)
    known.insert(one.snapshot);
  std::vector<std::string> missing;
  const std::string of_writer = "-" + scope.plan.policy + "-" + scope.host + "-";
  const auto here = world.files.list(layout::snapshots(main.path));
  for (const std::string& id : here ? *here : std::vector<std::string>()) {
    const bool ours = layout::is_plain_name(id) && id.find(of_writer) != std::string::npos;
    if (ours && !known.contains(id) && has_copy(world.files, main, id, scope.target.name))
      missing.push_back(id);
  }
  return missing;
}

class RemotePrune {
 public:
  RemotePrune(World& world,
              const PruneScope& scope,
              const PruneRequest& request,
              const PeriodsOf& periods,
              const std::stop_token& stop)
      : world_(world), scope_(scope), request_(request), periods_(periods), stop_(stop) {}

  Result<PruneReport> run() {
    BACKSTAY_ASSIGN(far_, reach(world_, scope_, !request_.dry_run, stop_));
    // Asked first: where we may remove nothing, a dry run says so too.
    BACKSTAY_ASSIGN(const auto before, far_.driver->removed(writer_of(scope_), stop_));
    BACKSTAY_TRY(decide(before));
    if (!request_.dry_run && !report_.refused)
      BACKSTAY_TRY(carry_out());
    BACKSTAY_TRY(sweep());
    return report_;
  }

 private:
  Result<void> decide(const std::vector<RemovedCopy>& removed) {
    BACKSTAY_ASSIGN(mirror_, TargetMirror::open(world_, *far_.driver, far_.identity, stop_));
    BACKSTAY_ASSIGN(store_, open_store_for_reading(*mirror_, mirror_->store(), world_.directories));
    BACKSTAY_ASSIGN(facts_, read_remote_facts(world_.files, world_.clock, far_.main,
                                              {.files = *mirror_,
                                               .store = store_,
                                               .uuid = far_.identity.uuid,
                                               .drills = far_.drills ? &*far_.drills : nullptr},
                                              scope_));
    report_ = {.policy = scope_.plan.policy,
               .backup = scope_.backup.name,
               .host = scope_.host,
               .target = scope_.target.name,
               .place = far_.driver->describe(),
               .decision = decide_prune(facts_, periods_),
               .refused = false,
               .removed = {},
               .in_use = {},
               .reclaimed = {},
               .in_trash = {},
               .remote = true};
    PruneDecision& decision = report_.decision;
    const auto missing = missing_there(world_, far_.main, scope_, facts_, removed);
    if (!missing.empty() && decision.removals() > 0) {
      decision.objections.push_back(
          fmt::format("{} copies that were proven at {} are not listed there ({}): find out why "
                      "before anything goes",
                      missing.size(), scope_.target.name, missing.front()));
    }
    report_.refused = is_refused(decision, request_.confirm);
    return {};
  }

  Result<void> carry_out() {
    for (const PruneVerdict& verdict : report_.decision.verdicts) {
      if (verdict.keep)
        continue;
      if (stop_.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "the prune was interrupted"};
      auto marked = remove(verdict);
      if (marked)
        report_.removed.push_back(verdict.id);
      else if (marked.error().kind == ErrorKind::Busy)
        report_.in_use.push_back(verdict.id);
      else
        return std::move(marked).error().while_doing("removing " + verdict.id + " at " +
                                                     report_.place);
    }
    return {};
  }

  // First the word about it, as at home: what is cut short behind it is told as gone, not as there.
  Result<void> remove(const PruneVerdict& verdict) {
    BACKSTAY_ASSIGN(const auto hold, read_hold(world_.files, far_.main, verdict.id));
    if (hold && holds(*hold, facts_.now))
      return Error{.kind = ErrorKind::Busy, .message = "held since a moment ago"};
    BACKSTAY_ASSIGN(const std::string manifest,
                    read_file(*mirror_, layout::snapshot(store_.path, verdict.id) + "/" +
                                            std::string(layout::kManifest)));
    const Tombstone tombstone = tombstone_of(scope_, verdict, facts_.now, report_.decision.digest);
    BACKSTAY_TRY(
        write_copy_tombstone(world_.files, far_.main, tombstone, to_hex(sha256(manifest))));
    BACKSTAY_FAILPOINT("prune.tombstone");
    BACKSTAY_TRY(far_.driver->mark_removed({.writer = writer_of(scope_),
                                            .backup = scope_.backup.name,
                                            .target = scope_.target.name,
                                            .snapshot = verdict.id,
                                            .because = verdict.reasons,
                                            .decision = report_.decision.digest},
                                           stop_));
    BACKSTAY_FAILPOINT("prune.moved");
    return {};
  }

  // Whether a marked copy is of this history. Where its word was lost with the store, it is when no
  // other backup of the plan sends to this target.
  [[nodiscard]] bool is_ours(const std::string& id) const {
    const auto word = last_copy_tombstone(world_.files, far_.main, id, scope_.target.name);
    if (word)
      return word->backup == scope_.backup.name;
    return std::none_of(
        scope_.plan.backups.begin(), scope_.plan.backups.end(), [&](const plan::Backup& other) {
          return other.name != scope_.backup.name &&
                 std::any_of(other.copies.begin(), other.copies.end(), [&](const plan::Copy& one) {
                   return one.target == scope_.target.name;
                 });
        });
  }

  // Marked before the grace began, and before a complete and verified copy that is newer.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> marked_before() const {
    std::optional<std::chrono::sys_seconds> newest;
    for (const PrunePoint& point : facts_.points) {
      if (!point.partial && point.verified && point.at <= facts_.now)
        newest = std::max(newest.value_or(point.at), point.at);
    }
    if (!newest || !report_.decision.refusals.empty())
      return std::nullopt;
    return std::min(*newest, facts_.now - request_.grace);
  }

  Result<void> sweep() {
    BACKSTAY_ASSIGN(const auto removed, far_.driver->removed(writer_of(scope_), stop_));
    Sweep sweep{.writer = writer_of(scope_), .snapshots = {}, .marked_before = {}};
    for (const RemovedCopy& one : removed) {
      if (is_ours(one.snapshot))
        sweep.snapshots.insert(one.snapshot);
    }
    std::set<std::string> gone;
    const auto before = marked_before();
    if (before && !sweep.snapshots.empty()) {
      sweep.marked_before = *before;
      if (request_.dry_run) {
        for (const RemovedCopy& one : removed) {
          if (sweep.snapshots.contains(one.snapshot) && one.at < *before)
            gone.insert(one.snapshot);
        }
      } else {
        BACKSTAY_ASSIGN(const auto swept, far_.driver->sweep(sweep, stop_));
        gone.insert(swept.begin(), swept.end());
      }
    }
    report_.reclaimed.assign(gone.begin(), gone.end());
    for (const std::string& id : sweep.snapshots) {
      if (!gone.contains(id))
        report_.in_trash.push_back(id);
    }
    return {};
  }

  World& world_;
  const PruneScope& scope_;
  const PruneRequest& request_;
  const PeriodsOf& periods_;
  const std::stop_token& stop_;
  FarSide far_;
  std::unique_ptr<TargetMirror> mirror_;
  Store store_;  // as the mirror shows it
  PruneFacts facts_;
  PruneReport report_;
};

}  // namespace

Result<PruneReport> prune_remote(World& world,
                                 const PruneScope& scope,
                                 const PruneRequest& request,
                                 const PeriodsOf& periods,
                                 const std::stop_token& stop) {
  return RemotePrune(world, scope, request, periods, stop).run();
}

Result<void> bring_back_remote(World& world,
                               const PruneScope& scope,
                               const std::string& snapshot,
                               const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const FarSide far, reach(world, scope, true, stop));
  return far.driver->bring_back(writer_of(scope), snapshot, stop);
}

}  // namespace backstay::runtime
