#include "runtime/prune/prune.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/copy_through.hpp"
#include "compiler/plan/verify.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/run_copy.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/prune/prune_remote.hpp"
#include "runtime/prune/trash.hpp"
#include "runtime/store/lock.hpp"

namespace backstay::runtime {
namespace {

/// The retention of a backup at a target. Errors: Usage.
Result<std::string> retention_at(const plan::Backup& backup, const std::string& target) {
  if (target == backup.target)
    return backup.retention;
  const auto copy = std::find_if(backup.copies.begin(), backup.copies.end(),
                                 [&](const plan::Copy& one) { return one.target == target; });
  if (copy != backup.copies.end())
    return copy->retention;
  return Error{
      .kind = ErrorKind::Usage,
      .message = fmt::format("backup `{}` does not go to target `{}`", backup.name, target)};
}

/// Who may delete there. To name a target is to say that one has its administrator's role.
Result<void> check_leave(const plan::Target& target, bool named) {
  if (target.deletable_by == "nobody" || (target.deletable_by == "admin" && !named)) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("target {} is deletable by {} only", target.name,
                                        target.deletable_by),
                 .hint = target.deletable_by == "admin"
                             ? fmt::format("as its administrator: --target {}", target.name)
                             : ""};
  }
  return {};
}

Result<PruneScope> choose(const plan::Plan& plan, const PruneRequest& request) {
  BACKSTAY_TRY(plan::verify(plan));
  BACKSTAY_ASSIGN(const plan::Backup* backup, choose_backup(plan, request.backup));
  BACKSTAY_ASSIGN(const std::string host, choose_host(*backup, request.host, host_name()));
  const std::string name = request.target.empty() ? backup->target : request.target;
  BACKSTAY_ASSIGN(const std::string retention, retention_at(*backup, name));
  const plan::Target* target = plan.target(name);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  BACKSTAY_TRY(check_leave(*target, !request.target.empty()));
  if (plan.retention(retention) == nullptr) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("target {} has no retention for backup {}: nothing goes",
                                        name, backup->name)};
  }
  return PruneScope{plan, *backup, *target, host, retention, {}};
}

/// Where the copies of other hosts go through this one: those of one of them. Errors: Usage;
/// Refused where they go through another host.
Result<PruneScope> choose_passed_on(const plan::Plan& plan, const PruneRequest& request) {
  PruneRequest of_writer = request;
  of_writer.host = request.of;
  BACKSTAY_ASSIGN(PruneScope scope, choose(plan, of_writer));
  for (const plan::Copy& copy : scope.backup.copies) {
    if (copy.target != scope.target.name || plan::through_of(copy).empty())
      continue;
    BACKSTAY_TRY(host_of_copy(scope.backup, copy, request.host));
    for (const plan::Step& step : copy.steps) {
      if (const auto* on = std::get_if<plan::CopySnapshot>(&step.action))
        scope.passed_on = plan.target(on->source);
    }
    BACKSTAY_CHECK(scope.passed_on != nullptr, "plan::verify proves that the target exists");
    return scope;
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("backup `{}` goes to target `{}` through no other host",
                                      scope.backup.name, scope.target.name)};
}

Result<PruneScope> scope_of(const plan::Plan& plan, const PruneRequest& request) {
  return request.of.empty() ? choose(plan, request) : choose_passed_on(plan, request);
}

/// Why each point by itself: a call that is cut short leaves every point whole, here or there.
Result<void> carry_out(World& world,
                       const Store& store,
                       const PruneScope& scope,
                       const PruneFacts& facts,
                       const std::stop_token& stop,
                       PruneReport& report) {
  for (const PruneVerdict& verdict : report.decision.verdicts) {
    if (verdict.keep)
      continue;
    if (stop.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "the prune was interrupted"};
    auto moved = move_to_trash(world.files, store,
                               tombstone_of(scope, verdict, facts.now, report.decision.digest));
    if (moved) {
      report.removed.push_back(verdict.id);
    } else if (moved.error().kind == ErrorKind::Busy) {
      report.in_use.push_back(verdict.id);
    } else {
      return std::move(moved).error().while_doing("moving " + verdict.id + " to the trash");
    }
  }
  return {};
}

}  // namespace

Result<PruneReport> prune(World& world,
                          const plan::Plan& plan,
                          const PruneRequest& request,
                          const PeriodsOf& periods,
                          const std::stop_token& stop) {
  BACKSTAY_ASSIGN(PruneScope scope, scope_of(plan, request));
  scope.state = world.directories.state;
  if (scope.target.kind != "directory")
    return prune_remote(world, scope, request, periods, stop);
  BACKSTAY_ASSIGN(const Store store, open_store(world.files, scope.target, world.directories));
  Lock lock;
  if (!request.dry_run) {
    BACKSTAY_ASSIGN(lock, lock_policy(store, plan.policy, scope.host,
                                      {.run_id = new_run_id(world.clock),
                                       .since = to_rfc3339(world.clock.now())}));
  }
  BACKSTAY_ASSIGN(PruneFacts facts, read_prune_facts(world.files, world.clock, store, scope));
  hold_for_restores(world.files, world.directories.state, facts);
  facts.take_damaged = request.damaged;
  PruneReport report{.policy = plan.policy,
                     .backup = scope.backup.name,
                     .host = scope.host,
                     .target = scope.target.name,
                     .place = store.path,
                     .decision = decide_prune(facts, periods),
                     .refused = false,
                     .removed = {},
                     .in_use = {},
                     .reclaimed = {},
                     .in_trash = {}};
  report.refused = is_refused(report.decision, request.confirm);
  if (!request.dry_run && !report.refused)
    BACKSTAY_TRY(carry_out(world, store, scope, facts, stop, report));
  const bool sane = report.decision.refusals.empty();
  BACKSTAY_ASSIGN(auto trash, reclaim_trash(world.files, store, scope, facts, request.grace,
                                            request.dry_run || !sane, stop));
  if (!sane) {
    trash.left.insert(trash.left.end(), trash.reclaimed.begin(), trash.reclaimed.end());
    trash.reclaimed.clear();
  }
  report.reclaimed = std::move(trash.reclaimed);
  report.in_trash = std::move(trash.left);
  return report;
}

Result<void> bring_back(World& world,
                        const plan::Plan& plan,
                        const PruneRequest& request,
                        const std::string& snapshot,
                        const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const PruneScope scope, scope_of(plan, request));
  if (scope.target.kind != "directory")
    return bring_back_remote(world, scope, snapshot, stop);
  BACKSTAY_ASSIGN(const Store store, open_store(world.files, scope.target, world.directories));
  BACKSTAY_ASSIGN(const Lock lock, lock_policy(store, plan.policy, scope.host,
                                               {.run_id = new_run_id(world.clock),
                                                .since = to_rfc3339(world.clock.now())}));
  return take_from_trash(world.files, store, snapshot);
}

}  // namespace backstay::runtime
