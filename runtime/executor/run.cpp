#include "runtime/executor/run.hpp"

#include <algorithm>
#include <memory>

#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/verify.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/expected_bytes.hpp"
#include "runtime/executor/not_begun.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/run_recorder.hpp"
#include "runtime/executor/wait_for_lock.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/journal/pending_undos.hpp"
#include "runtime/journal/stopped_units.hpp"
#include "runtime/recover/guard.hpp"
#include "runtime/recover/hook_release.hpp"
#include "runtime/recover/overdue_run.hpp"
#include "runtime/restore/restore_session.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/steps/support.hpp"
#include "runtime/store/begin.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// What a run is, before anything is touched.
struct Chosen {
  const plan::Backup* backup = nullptr;
  std::string host;
  std::vector<plan::Step> steps;
  const plan::Target* target = nullptr;
};

Result<Chosen> choose(const plan::Plan& plan, const RunOptions& options) {
  Chosen chosen;
  BACKSTAY_ASSIGN(chosen.backup, choose_backup(plan, options.backup));
  BACKSTAY_ASSIGN(chosen.host, choose_host(*chosen.backup, options.host, host_name()));
  chosen.steps = steps_of_host(chosen.backup->backup, chosen.host);
  chosen.target = plan.target(chosen.backup->target);
  BACKSTAY_CHECK(chosen.target != nullptr, "plan::verify proves that the target exists");
  return chosen;
}

/// A backup of half a restore would look like a point and be none.
std::optional<Error> find_half_restore(World& world,
                                       const plan::Plan& plan,
                                       const std::string& host) {
  auto found = find_incomplete(world.files, world.directories.state, plan.policy, host);
  if (!found) {
    return std::move(found).error();
  }
  return *found ? std::optional(incomplete_error(**found, "no backup begins")) : std::nullopt;
}

/// The state of one run from its first side effect on.
class BackupRun {
 public:
  BackupRun(World& world,
            const plan::Plan& plan,
            const Chosen& chosen,
            const RunOptions& options,
            EventHub& hub,
            std::stop_token stop)
      : world_(world),
        plan_(plan),
        chosen_(chosen),
        options_(options),
        hub_(hub),
        stop_(std::move(stop)) {
    report_.run_id = new_run_id(world.clock);
    report_.policy = plan.policy;
    report_.backup = chosen.backup->name;
    report_.host = chosen.host;
    report_.plan_digest = plan::digest(plan);
    report_.started = to_rfc3339(world.clock.now());
  }

  /// An Error is what kept it from beginning; but for a run that somebody else has just done, it is
  /// on record.
  Result<RunReport> run(const std::string& plan_bytes) {
    auto done = begin_and_run(plan_bytes);
    if (!done && !overtaken_)
      keep_refusal(world_, report_, done.error(), hub_);
    return done;
  }

 private:
  Result<RunReport> begin_and_run(const std::string& plan_bytes) {
    BACKSTAY_ASSIGN(const auto store,
                    open_store(world_.files, *chosen_.target, world_.directories));
    BACKSTAY_TRY(check_can_sign(store, chosen_.host));
    BACKSTAY_TRY(check_seals(world_.commands, plan_, chosen_.steps, stop_));
    BACKSTAY_ASSIGN(const auto sealer,
                    open_sealer(world_.commands, plan_, chosen_.target->name, stop_));
    const LockHolder holder{.run_id = report_.run_id, .since = report_.started};
    const auto try_lock = [&] { return lock_policy(store, plan_.policy, chosen_.host, holder); };
    BACKSTAY_ASSIGN(const auto lock,
                    wait_for_lock(world_.clock, try_lock, options_.lock_timeout, hub_, stop_));
    if (auto half = find_half_restore(world_, plan_, chosen_.host))
      return std::move(*half);
    if (options_.wanted && !options_.wanted()) {
      overtaken_ = true;
      return Error{.kind = ErrorKind::Refused, .message = "another run has just done it"};
    }
    settle_crashed_runs(world_, hub_, stop_);
    BACKSTAY_ASSIGN(journal_, Journal::open(world_.files, world_.clock, world_.directories.state,
                                            report_.run_id));
    BACKSTAY_TRY(journal_->append(
        {.event = JournalEvent::Begun, .step = {}, .detail = report_.plan_digest}));
    auto staging =
        begin_staging(world_, store,
                      {.policy = plan_.policy,
                       .backup = chosen_.backup->name,
                       .host = chosen_.host,
                       .run_id = report_.run_id,
                       .plan_bytes = plan_bytes,
                       .plan_digest = report_.plan_digest,
                       .restore_order = restore_order(*chosen_.backup),
                       .fast = chosen_.backup->compression == "fast",
                       .again = {.all = options_.rehash},
                       .sealer = sealer,
                       .warn = [this](const std::string& message) { hub_.warning("", message); }});
    if (!staging) {
      (void)journal_->append(
          {.event = JournalEvent::Ended, .step = {}, .detail = to_string(staging.error())});
      return std::move(staging).error();
    }
    execute(**staging);
    finish(store);
    return std::move(report_);
  }

  void execute(Staging& staging) {
    RunRecorder recorder(*journal_, hub_, &staging);
    PendingUndos undos(world_.files, world_.directories.state, report_.run_id,
                       guard_of(world_, report_.run_id));
    undos.set_limit(limit_of_this_run(world_, limits().deadline));
    StoppedUnits stopped(*journal_, undos, AfterCrash::StartAgain);
    const StepFunction function = [&](const plan::Step& step,
                                      const std::stop_token& stop) -> Result<void> {
      const HookRelease release(chosen_.steps, undos);
      BACKSTAY_TRY(release.before(step));
      auto done = do_step(step, stop, staging, recorder, stopped, undos);
      release.after(step, hub_);
      return done;
    };
    expect_all(hub_, bytes_of_last_run(world_, report_));
    const auto results =
        execute_graph(chosen_.steps, function, recorder, world_.clock, limits(), stop_);
    report_.steps = report_steps(chosen_.steps, results, hub_);
    report_.snapshot = staging.snapshot_id();
    report_.failure = first_failure(results);
    report_.status = judge(results, staging);
    if (stop_.stop_requested() && report_.failure) {
      report_.failure->kind = ErrorKind::Interrupted;
      tell_of_gates(options_.gates, *report_.failure);
    }
  }

  /// What the call says goes before what the plan says.
  [[nodiscard]] ExecutorOptions limits() const {
    const plan::Backup& backup = *chosen_.backup;
    return {.parallel = backup.concurrency > 0 ? static_cast<std::size_t>(backup.concurrency)
                                               : options_.parallel,
            .deadline = options_.deadline.count() > 0
                            ? options_.deadline
                            : std::chrono::seconds(backup.deadline.seconds),
            .gates = options_.gates};
  }

  Result<void> do_step(const plan::Step& step,
                       const std::stop_token& stop,
                       Staging& staging,
                       const RunRecorder& recorder,
                       StoppedUnits& stopped,
                       PendingUndos& undos) {
    BACKSTAY_FAILPOINT("run.step");
    if (std::holds_alternative<plan::CommitSnapshot>(step.action)) {
      if (stop_.stop_requested()) {
        return Error{.kind = ErrorKind::Interrupted,
                     .message = "the run was interrupted: nothing is committed"};
      }
      if (recorder.captured() == 0) {
        return Error{.kind = ErrorKind::NotFound,
                     .message = "nothing was captured: no snapshot is made"};
      }
    }
    StepContext context{.world = world_,
                        .plan = plan_,
                        .backup = *chosen_.backup,
                        .step = step,
                        .run_id = report_.run_id,
                        .stop = stop,
                        .events = hub_,
                        .staging = &staging,
                        .snapshot = nullptr,
                        .restore = nullptr,
                        .stopped = &stopped,
                        .undos = &undos};
    auto done = execute_step(context);
    BACKSTAY_FAILPOINT("run.step-done");
    return done;
  }

  /// The worst of what is required decides. A snapshot that could not be looked at (the run was
  /// stopped, its time was over) is stored; one that was looked at and found bad is a failure.
  [[nodiscard]] RunStatus judge(const std::vector<StepResult>& results,
                                const Staging& staging) const {
    if (staging.snapshot_id().empty()) {
      return RunStatus::Failed;
    }
    bool verified = false;
    bool whole = staging.completeness() == Completeness::Complete;
    for (std::size_t index = 0; index < results.size(); ++index) {
      const auto& result = results[index];
      const bool done = result.end == StepEnd::Done;
      if (!std::holds_alternative<plan::VerifySnapshot>(chosen_.steps[index].action)) {
        whole = whole && done;
      } else if (result.error && result.error->kind == ErrorKind::Verification) {
        return RunStatus::Failed;
      } else {
        verified = done;
      }
    }
    if (!whole) {
      return RunStatus::Partial;
    }
    return verified ? RunStatus::Verified : RunStatus::Stored;
  }

  void finish(const Store& store) {
    report_.finished = to_rfc3339(world_.clock.now());
    report_.warnings = hub_.warnings();
    keep_record(store);
    write_report(world_, report_, hub_);
    const auto ended = journal_->append({.event = JournalEvent::Ended,
                                         .step = {},
                                         .detail = std::string(to_string(report_.status))});
    if (!ended) {
      report_.warnings.push_back(to_string(ended.error()));
    }
  }

  /// The snapshot is safe already; a record that cannot be kept is a warning.
  void keep_record(const Store& store) {
    if (report_.snapshot.empty()) {
      return;
    }
    // A sealed store does not say in the clear what was read: warnings and failures name files.
    const bool sealed = key_of(plan_, chosen_.target->name).seals();
    const auto kept = write_record(world_.files, store, report_.snapshot, "run",
                                   to_json(sealed ? without_names(report_) : report_));
    if (!kept) {
      hub_.warning("", to_string(kept.error()));
    }
  }

  World& world_;
  const plan::Plan& plan_;
  const Chosen& chosen_;
  const RunOptions& options_;
  EventHub& hub_;
  std::stop_token stop_;
  RunReport report_;
  bool overtaken_ = false;
  std::unique_ptr<Journal> journal_;
};

/// What this version cannot carry out.
std::optional<Error> find_refused(const plan::Plan& plan,
                                  const Chosen& chosen,
                                  const RunOptions& options) {
  auto unsupported = find_unsupported(plan, chosen.steps);
  const bool alone = options.gates == nullptr && !options.with_others;
  return unsupported || !alone ? unsupported : find_split_hold(chosen.backup->backup, chosen.steps);
}

std::optional<Error> find_refusal(World& world, const plan::Plan& plan, const Chosen& chosen) {
  const auto store = open_store(world.files, *chosen.target, world.directories);
  if (!store) {
    return store.error();
  }
  if (auto signs = check_can_sign(*store, chosen.host); !signs) {
    return std::move(signs).error();
  }
  if (auto seals = check_seals(world.commands, plan, chosen.steps, {}); !seals) {
    return std::move(seals).error();
  }
  if (const auto holder = lock_holder(*store, plan.policy, chosen.host); !holder.empty()) {
    return Error{.kind = ErrorKind::Busy, .message = "the lock is held: " + holder};
  }
  return find_half_restore(world, plan, chosen.host);
}

}  // namespace

Result<RunReport> run_backup(World& world,
                             const plan::Plan& plan,
                             const std::string& plan_bytes,
                             const RunOptions& options,
                             Events& events,
                             std::stop_token stop) {
  BACKSTAY_TRY(plan::verify(plan));
  BACKSTAY_ASSIGN(const auto chosen, choose(plan, options));
  if (auto unsupported = find_refused(plan, chosen, options)) {
    return std::move(*unsupported);
  }
  EventHub hub({&events});
  return BackupRun(world, plan, chosen, options, hub, std::move(stop)).run(plan_bytes);
}

bool PreviewReport::could_start() const {
  const auto problem = [](const PreviewLine& line) { return line.problem; };
  return !refusal && std::none_of(steps.begin(), steps.end(), [&](const StepPreview& step) {
    return std::any_of(step.lines.begin(), step.lines.end(), problem);
  });
}

Result<PreviewReport> preview_backup(World& world,
                                     const plan::Plan& plan,
                                     const RunOptions& options,
                                     Events& events,
                                     std::stop_token stop) {
  BACKSTAY_TRY(plan::verify(plan));
  BACKSTAY_ASSIGN(const auto chosen, choose(plan, options));
  PreviewReport report{.backup = chosen.backup->name, .host = chosen.host};
  report.refusal = find_refused(plan, chosen, options);
  if (!report.refusal) {
    report.refusal = find_refusal(world, plan, chosen);
  }
  const auto run_id = new_run_id(world.clock);
  for (const auto& step : chosen.steps) {
    StepContext context{.world = world,
                        .plan = plan,
                        .backup = *chosen.backup,
                        .step = step,
                        .run_id = run_id,
                        .stop = stop,
                        .events = events};
    report.steps.push_back({.id = step.id,
                            .kind = std::string(plan::kind_of(step.action)),
                            .what = plan::describe(step.action),
                            .lines = preview_step(context)});
  }
  return report;
}

}  // namespace backstay::runtime
