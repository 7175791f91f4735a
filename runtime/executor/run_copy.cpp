#include "runtime/executor/run_copy.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/copy_through.hpp"
#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/verify.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/not_begun.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/run_recorder.hpp"
#include "runtime/executor/wait_for_lock.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/steps/support.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/passed_on.hpp"

namespace backstay::runtime {
namespace {

/// What is run, before anything is touched.
struct ChosenCopy {
  const plan::Backup* backup = nullptr;
  const plan::Copy* copy = nullptr;
  std::string host;
  std::vector<plan::Step> steps;
};

Result<ChosenCopy> choose(const plan::Plan& plan, const CopyRunOptions& options) {
  BACKSTAY_TRY(plan::verify(plan));
  ChosenCopy chosen;
  BACKSTAY_ASSIGN(chosen.backup, choose_backup(plan, options.backup));
  BACKSTAY_ASSIGN(chosen.copy, choose_copy(*chosen.backup, options.target));
  BACKSTAY_ASSIGN(chosen.host, host_of_copy(*chosen.backup, *chosen.copy, options.host));
  chosen.steps = steps_of_host(chosen.copy->steps, chosen.host);
  return chosen;
}

/// One at a time: the newest of a store with a lock of its own, or all that another host's runs
/// may add to meanwhile.
Result<Lock> lock_source(World& world,
                         const plan::Plan& plan,
                         const ChosenCopy& chosen,
                         const std::optional<Store>& store,
                         const LockHolder& holder) {
  if (store)
    return lock_policy(*store, plan.policy, chosen.host, holder);
  return lock_passing_on(world.files, world.directories, plan.policy, chosen.backup->name,
                         chosen.copy->target, holder);
}

/// The store that is copied, and that there is something in it to copy.
/// Nothing where all that lies here of other hosts is copied on.
Result<std::optional<Store>> open_source(World& world,
                                         const plan::Plan& plan,
                                         const ChosenCopy& chosen) {
  if (!plan::through_of(*chosen.copy).empty())
    return std::optional<Store>();
  const plan::Target* main = plan.target(chosen.backup->target);
  BACKSTAY_CHECK(main != nullptr, "plan::verify proves that the target exists");
  BACKSTAY_ASSIGN(Store store, open_store(world.files, *main, world.directories));
  BACKSTAY_TRY(
      newest_verified(world.files, store,
                      {.policy = plan.policy, .backup = chosen.backup->name, .host = chosen.host},
                      world.directories.state));
  return std::optional(std::move(store));
}

StepContext context_of(World& world,
                       const plan::Plan& plan,
                       const ChosenCopy& chosen,
                       const plan::Step& step,
                       const std::string& run_id,
                       const std::stop_token& stop,
                       Events& events) {
  return {.world = world,
          .plan = plan,
          .backup = *chosen.backup,
          .step = step,
          .run_id = run_id,
          .stop = stop,
          .events = events};
}

RunReport begin_report(World& world, const plan::Plan& plan, const ChosenCopy& chosen) {
  RunReport report;
  report.run_id = new_run_id(world.clock);
  report.what = "copy";
  report.policy = plan.policy;
  report.backup = chosen.backup->name;
  report.copy = chosen.copy->target;
  report.host = chosen.host;
  report.plan_digest = plan::digest(plan);
  report.started = to_rfc3339(world.clock.now());
  return report;
}

Result<RunReport> begin_and_copy(World& world,
                                 const plan::Plan& plan,
                                 const CopyRunOptions& options,
                                 const ChosenCopy& chosen,
                                 RunReport report,
                                 EventHub& hub,
                                 const std::stop_token& stop) {
  if (auto unsupported = find_unsupported(plan, chosen.steps))
    return std::move(*unsupported);
  BACKSTAY_TRY(check_seals(world.commands, plan, chosen.steps, stop));
  BACKSTAY_ASSIGN(const auto store, open_source(world, plan, chosen));
  const LockHolder holder{.run_id = report.run_id, .since = report.started};
  const auto try_lock = [&] { return lock_source(world, plan, chosen, store, holder); };
  BACKSTAY_ASSIGN(const auto lock,
                  wait_for_lock(world.clock, try_lock, options.lock_timeout, hub, stop));
  if (options.wanted && !options.wanted())
    return Error{.kind = ErrorKind::Refused, .message = "another run has just done it"};
  BACKSTAY_ASSIGN(const auto journal,
                  Journal::open(world.files, world.clock, world.directories.state, report.run_id));
  BACKSTAY_TRY(
      journal->append({.event = JournalEvent::Begun, .step = {}, .detail = report.plan_digest}));
  RunRecorder recorder(*journal, hub, nullptr);
  const StepFunction function = [&](const plan::Step& step, const std::stop_token& token) {
    StepContext context = context_of(world, plan, chosen, step, report.run_id, token, hub);
    return execute_step(context);
  };
  const auto results = execute_graph(chosen.steps, function, recorder, world.clock, {}, stop);
  report.steps = report_steps(chosen.steps, results, hub);
  report.failure = first_failure(results);
  const bool some =
      report.failure && std::any_of(results.begin(), results.end(),
                                    [](const StepResult& one) { return one.end == StepEnd::Done; });
  report.status = some             ? RunStatus::Partial
                  : report.failure ? RunStatus::Failed
                                   : RunStatus::Verified;
  report.finished = to_rfc3339(world.clock.now());
  report.warnings = hub.warnings();
  write_report(world, report, hub);
  (void)journal->append(
      {.event = JournalEvent::Ended, .step = {}, .detail = std::string(to_string(report.status))});
  return report;
}

}  // namespace

Result<const plan::Copy*> choose_copy(const plan::Backup& backup, const std::string& target) {
  const auto found = std::find_if(backup.copies.begin(), backup.copies.end(),
                                  [&](const plan::Copy& one) { return one.target == target; });
  if (found == backup.copies.end()) {
    return Error{
        .kind = ErrorKind::Usage,
        .message = fmt::format("backup `{}` is not copied to target `{}`", backup.name, target)};
  }
  if (found->steps.empty()) {
    return Error{
        .kind = ErrorKind::Usage,
        .message = fmt::format("the copy of backup `{}` to `{}` has no schedule of its own",
                               backup.name, target),
        .hint = "it goes with every run"};
  }
  return &*found;
}

Result<std::string> host_of_copy(const plan::Backup& backup,
                                 const plan::Copy& copy,
                                 const std::string& asked) {
  const std::string through = plan::through_of(copy);
  if (through.empty())
    return choose_host(backup, asked, host_name());
  const std::string here = asked.empty() ? host_name() : asked;
  if (here == through)
    return here;
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("backup `{}` is copied to `{}` through {}, and this is {}",
                                      backup.name, copy.target, through, here),
               .hint = fmt::format("run it on {0}, or say --host {0} if this is it", through)};
}

Result<RunReport> run_copy(World& world,
                           const plan::Plan& plan,
                           const CopyRunOptions& options,
                           Events& events,
                           const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const ChosenCopy chosen, choose(plan, options));
  EventHub hub({&events});
  bool overtaken = false;
  CopyRunOptions asked = options;
  asked.wanted = [&] {
    overtaken = options.wanted && !options.wanted();
    return !overtaken;
  };
  const RunReport report = begin_report(world, plan, chosen);
  auto done = begin_and_copy(world, plan, asked, chosen, report, hub, stop);
  if (!done && !overtaken)
    keep_refusal(world, report, done.error(), hub);
  return done;
}

Result<PreviewReport> preview_copy(World& world,
                                   const plan::Plan& plan,
                                   const CopyRunOptions& options,
                                   Events& events,
                                   const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const ChosenCopy chosen, choose(plan, options));
  PreviewReport report{.backup = chosen.backup->name, .host = chosen.host};
  report.refusal = find_unsupported(plan, chosen.steps);
  if (auto store = open_source(world, plan, chosen); !store && !report.refusal)
    report.refusal = std::move(store).error();
  for (const plan::Step& step : chosen.steps) {
    StepContext context =
        context_of(world, plan, chosen, step, new_run_id(world.clock), stop, events);
    report.steps.push_back({.id = step.id,
                            .kind = std::string(plan::kind_of(step.action)),
                            .what = plan::describe(step.action),
                            .lines = preview_step(context)});
  }
  return report;
}

}  // namespace backstay::runtime
