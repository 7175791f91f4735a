#include "runtime/restore/restore.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/host_groups.hpp"
#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/verify.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/expected_bytes.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/run_recorder.hpp"
#include "runtime/executor/schedule.hpp"
#include "runtime/hosts/together.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/journal/stopped_units.hpp"
#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/keep_current.hpp"
#include "runtime/restore/restore_session.hpp"
#include "runtime/restore/scope.hpp"
#include "runtime/restore/steps_in_scope.hpp"
#include "runtime/signing/store_signing.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/steps/support.hpp"
#include "runtime/store/lock.hpp"

namespace backstay::runtime {
namespace {

/// All that a restore needs, found without changing anything.
struct Prepared {
  SnapshotSummary summary;
  std::unique_ptr<SnapshotReader> snapshot;
  plan::Plan plan;
  const plan::Backup* backup = nullptr;  ///< in `plan`
  std::vector<plan::Step> steps;
  Scope scope;
};

/// Whether a restore is noted change by change: one beside can be removed by its directory.
bool is_recorded(const RestoreRequest& request) {
  return request.to_directory.empty();
}

/// `latest` means one history: of one backup of one policy on one host.
Result<void> check_one_history(World& world,
                               const RestoreSource& source,
                               const RestoreRequest& request) {
  if (!request.snapshot.starts_with("latest")) {
    return {};
  }
  BACKSTAY_ASSIGN(const auto all, list_snapshots(world.files, source.store, source.filter));
  std::set<std::string> histories;
  for (const auto& snapshot : all) {
    if (snapshot.problem.empty()) {
      histories.insert(fmt::format("policy {} backup {} host {}", snapshot.policy, snapshot.backup,
                                   snapshot.host));
    }
  }
  if (histories.size() < 2) {
    return {};
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("`{}` is unclear: the store holds snapshots of {}",
                                      request.snapshot, fmt::join(histories, "; of ")),
               .hint = "say which with --policy, --backup and --host, or name the snapshot"};
}

Result<plan::Plan> choose_plan(const RestoreSource& source, SnapshotReader& snapshot) {
  if (source.plan != nullptr) {
    return *source.plan;
  }
  BACKSTAY_ASSIGN(const auto bytes, snapshot.plan_bytes());
  return plan::from_yaml(bytes, "plan.yaml of " + snapshot.id());
}

Result<Prepared> prepare_named(World& world,
                               const RestoreSource& source,
                               const RestoreRequest& request) {
  Prepared prepared;
  BACKSTAY_TRY(check_one_history(world, source, request));
  BACKSTAY_ASSIGN(prepared.summary,
                  find_snapshot(world.files, source.store, source.filter, request.snapshot));
  BACKSTAY_ASSIGN(prepared.snapshot, open_snapshot(world.files, source.store, prepared.summary.id));
  BACKSTAY_ASSIGN(prepared.plan, choose_plan(source, *prepared.snapshot));
  BACKSTAY_TRY(plan::verify(prepared.plan));
  BACKSTAY_ASSIGN(prepared.backup, choose_backup(prepared.plan, prepared.summary.backup));
  const auto of_host = steps_of_host(prepared.backup->restore, prepared.summary.host);
  BACKSTAY_ASSIGN(prepared.scope, choose_scope(of_host, prepared.snapshot->components(), request));
  prepared.steps = steps_in_scope(prepared.plan, of_host, prepared.scope.components);
  return prepared;
}

/// `latest` of a restore that goes on is what was the latest when it began.
Result<Prepared> prepare(World& world, const RestoreSource& source, const RestoreRequest& request) {
  BACKSTAY_ASSIGN(Prepared prepared, prepare_named(world, source, request));
  if (request.snapshot != "latest" || !is_recorded(request))
    return prepared;
  BACKSTAY_ASSIGN(const auto earlier, find_incomplete(world.files, world.directories.state,
                                                      prepared.plan.policy, prepared.summary.host));
  if (!earlier || earlier->header.scope != scope_words(request) ||
      earlier->header.snapshot == prepared.summary.id)
    return prepared;
  RestoreRequest bound = request;
  bound.snapshot = earlier->header.snapshot;
  return prepare_named(world, source, bound);
}

RestoreHeader header_of(World& world,
                        const RestoreSource& source,
                        const RestoreRequest& request,
                        const Prepared& prepared,
                        const std::string& run_id) {
  return {.id = run_id,
          .policy = prepared.plan.policy,
          .backup = prepared.backup->name,
          .host = prepared.summary.host,
          .store = source.keep_in.empty() ? source.store.path : source.keep_in,
          .snapshot = prepared.summary.id,
          .plan_digest = plan::digest(prepared.plan),
          .scope = scope_words(request),
          .started = to_rfc3339(world.clock.now()),
          .components = prepared.scope.components,
          .paths = request.paths,
          .approved = approved_steps(source.approved, prepared.backup->name, prepared.steps)};
}

/// The phases are cut from the plan that was given; steps of another one are in none of them.
Result<void> check_same_plan(const RestoreSource& source, const Prepared& prepared) {
  if (source.approved == nullptr || plan::digest(*source.approved) == plan::digest(prepared.plan))
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("snapshot {} was made by another plan than the one that the "
                                      "hosts restore by together",
                                      prepared.summary.id),
               .hint = "restore by the plan that is kept in it, or add --by-this-plan"};
}

void warn_of_scope(const Prepared& prepared, Events& events) {
  if (prepared.summary.partial) {
    events.warning("", fmt::format("snapshot {} is partial: it holds only what was complete",
                                   prepared.summary.id));
  }
  for (const auto& component : prepared.scope.absent) {
    events.warning("",
                   fmt::format("component `{}` is not in the snapshot and is left out", component));
  }
}

/// Hosts that held still for each other are of one moment only where all have a point of it.
void warn_of_others(World& world,
                    const RestoreSource& source,
                    const Prepared& prepared,
                    Events& events) {
  const std::string& host = prepared.summary.host;
  std::vector<std::string> with = hosts_held_with(prepared.backup->backup, host);
  std::erase(with, host);
  if (with.empty())
    return;
  const Together together = read_together(world.files, source.store, prepared.summary.id);
  if (!together.apart.empty()) {
    events.warning("", fmt::format("snapshot {} is {}; restored beside older ones of there it is "
                                   "not one state",
                                   prepared.summary.id, apart_text(together)));
  } else if (together.set.empty()) {
    events.warning("",
                   fmt::format("nothing here says whether {} has a point of the moment of "
                               "snapshot {}: `backstay list PLAN --sets` on the controller does",
                               plan::host_list(with), prepared.summary.id));
  }
}

StepContext context_of(World& world,
                       const Prepared& prepared,
                       const plan::Step& step,
                       RestoreRun& run,
                       StoppedUnits* stopped,
                       Events& events,
                       std::stop_token stop) {
  return StepContext{.world = world,
                     .plan = prepared.plan,
                     .backup = *prepared.backup,
                     .step = step,
                     .run_id = run.run_id,
                     .stop = std::move(stop),
                     .events = events,
                     .staging = nullptr,
                     .snapshot = prepared.snapshot.get(),
                     .restore = &run,
                     .stopped = stopped};
}

/// Each byte was compared with its hash on its way, so what is done is verified.
RunStatus judge(const std::vector<plan::Step>& steps, const std::vector<StepResult>& results) {
  bool restored = false;
  bool whole = true;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const bool data = !components_of(steps[index].action).empty();
    restored = restored || (data && results[index].end != StepEnd::Failed &&
                            results[index].end != StepEnd::Skipped);
    whole = whole && results[index].end == StepEnd::Done;
  }
  if (whole) {
    return RunStatus::Verified;
  }
  return restored ? RunStatus::Partial : RunStatus::Failed;
}

/// A store on a read-only medium cannot be locked, and needs no lock.
Result<Lock> lock_history(World& world,
                          const RestoreSource& source,
                          const Prepared& prepared,
                          const std::string& run_id,
                          Events& events) {
  Store locked = source.store;
  if (!source.keep_in.empty())
    locked.path = source.keep_in;
  auto lock = lock_policy(locked, prepared.summary.policy, prepared.summary.host,
                          {.run_id = run_id, .since = to_rfc3339(world.clock.now())});
  if (lock || lock.error().kind == ErrorKind::Busy) {
    return lock;
  }
  events.warning("", to_string(lock.error()) + "; the restore goes on without a lock");
  return Lock();
}

RunReport begin_report(World& world, const Prepared& prepared) {
  RunReport report{.run_id = new_run_id(world.clock)};
  report.what = "restore";
  report.policy = prepared.plan.policy;
  report.backup = prepared.backup->name;
  report.host = prepared.summary.host;
  report.plan_digest = plan::digest(prepared.plan);
  report.started = to_rfc3339(world.clock.now());
  report.snapshot = prepared.summary.id;
  return report;
}

RestoreRun begin_run(const RestoreSource& source,
                     const RestoreRequest& request,
                     const Prepared& prepared,
                     std::string run_id) {
  RestoreRun run{.request = request,
                 .components = prepared.scope.components,
                 .run_id = std::move(run_id),
                 .kept = {},
                 .checklist = {}};
  // A signature was looked at when the snapshot was opened: what its host wrote is what comes back.
  const auto& signing = source.store.signing;
  if (signing != nullptr && signing->believes() && run.request.privileged == Privileged::Refused)
    run.request.privileged = Privileged::Granted;
  run.keep_in = source.keep_in;
  run.approved = approved_steps(source.approved, prepared.backup->name, prepared.steps);
  return run;
}

/// Runs the steps one after the other: their order is the plan's, and part of what it promises.
void execute(World& world,
             const Prepared& prepared,
             RestoreRun& run,
             RestoreSession* session,
             RunReport& report,
             RunRecorder& recorder,
             StoppedUnits& stopped,
             EventHub& hub,
             Gates* gates,
             const std::stop_token& stop) {
  const StepFunction function = [&](const plan::Step& step, const std::stop_token& step_stop) {
    auto context = context_of(world, prepared, step, run, &stopped, hub, step_stop);
    return session == nullptr ? execute_step(context) : session->execute(context, prepared.steps);
  };
  if (run.request.paths.empty() && run.request.databases.empty()) {
    expect_all(hub, bytes_of_components(*prepared.snapshot, prepared.steps));
  }
  const auto results = execute_graph(prepared.steps, function, recorder, world.clock,
                                     {.parallel = 1, .deadline = {}, .gates = gates}, stop);
  report.steps = report_steps(prepared.steps, results, hub);
  report.failure = first_failure(results);
  report.status = judge(prepared.steps, results);
  if (stop.stop_requested() && report.failure) {
    report.failure->kind = ErrorKind::Interrupted;
    tell_of_gates(gates, *report.failure);
  }
}

void end_session(RestoreSession& session, bool whole, RunReport& report, EventHub& hub) {
  auto ended = session.end(whole);
  if (ended)
    return;
  hub.warning("", to_string(ended.error()));
  if (!report.failure)
    report.failure = std::move(ended).error();
  report.status = RunStatus::Partial;
}

}  // namespace

Result<RestoreReport> run_restore(World& world,
                                  const RestoreSource& source,
                                  const RestoreRequest& request,
                                  Events& events,
                                  std::stop_token stop) {
  EventHub hub({&events});
  BACKSTAY_ASSIGN(const auto prepared, prepare(world, source, request));
  if (auto unsupported = find_unsupported(prepared.plan, prepared.steps)) {
    return std::move(*unsupported);
  }
  auto report = begin_report(world, prepared);
  BACKSTAY_ASSIGN(const auto lock, lock_history(world, source, prepared, report.run_id, hub));
  settle_crashed_runs(world, hub, stop);
  warn_of_scope(prepared, hub);
  warn_of_others(world, source, prepared, hub);
  if (source.gates != nullptr) {
    BACKSTAY_TRY(check_same_plan(source, prepared));
    source.gates->leave_out(prepared.steps);
  } else if (touches_services(request)) {
    const auto waits = waits_elsewhere(prepared.backup->restore, prepared.steps);
    if (!waits.empty()) {
      hub.warning("", fmt::format("what other hosts do is left to you: {}{}", waits.front(),
                                  waits.size() == 1
                                      ? ""
                                      : fmt::format(", and {} more such waits", waits.size() - 1)));
    }
  }
  std::unique_ptr<RestoreSession> session;
  if (is_recorded(request)) {
    BACKSTAY_ASSIGN(session, RestoreSession::open(
                                 world, header_of(world, source, request, prepared, report.run_id),
                                 plan::to_yaml(prepared.plan)));
  }
  BACKSTAY_ASSIGN(const auto journal,
                  Journal::open(world.files, world.clock, world.directories.state, report.run_id));
  RestoreRun run = begin_run(source, request, prepared, session ? session->id() : report.run_id);
  run.again = session && session->again();
  RunRecorder recorder(*journal, hub, nullptr);
  recorder.write({.event = JournalEvent::Begun, .step = {}, .detail = report.plan_digest});
  PendingUndos undos(world.files, world.directories.state, report.run_id);
  StoppedUnits stopped(*journal, undos, AfterCrash::StayDown);
  execute(world, prepared, run, session.get(), report, recorder, stopped, hub, source.gates, stop);
  const bool whole = report.status == RunStatus::Verified;
  if (session)
    end_session(*session, whole, report, hub);
  report.finished = to_rfc3339(world.clock.now());
  report.warnings = hub.warnings();
  write_report(world, report, hub);
  recorder.write(
      {.event = JournalEvent::Ended, .step = {}, .detail = std::string(to_string(report.status))});
  const bool recorded = session && session->record() != nullptr &&
                        exists(world.files, session->record()->directory());
  return RestoreReport{.run = std::move(report),
                       .kept_current = run.kept_current == kNothingKept ? "" : run.kept_current,
                       .restore = recorded ? session->id() : std::string(),
                       .complete = whole,
                       .kept = std::move(run.kept),
                       .checklist = std::move(run.checklist)};
}

Result<PreviewReport> preview_restore(World& world,
                                      const RestoreSource& source,
                                      const RestoreRequest& request,
                                      Events& events,
                                      std::stop_token stop) {
  BACKSTAY_ASSIGN(const auto prepared, prepare(world, source, request));
  warn_of_scope(prepared, events);
  PreviewReport report{.backup = prepared.backup->name,
                       .host = prepared.summary.host,
                       .snapshot = prepared.summary.id};
  report.refusal = find_unsupported(prepared.plan, prepared.steps);
  if (const auto holder = lock_holder(source.store, prepared.summary.policy, prepared.summary.host);
      !holder.empty()) {
    report.refusal = Error{.kind = ErrorKind::Busy, .message = "the lock is held: " + holder};
  }
  if (is_recorded(request)) {
    const auto session = RestoreSession::open(
        world, header_of(world, source, request, prepared, new_run_id(world.clock)), {});
    if (!session)
      report.refusal = session.error();
  }
  RestoreRun run = begin_run(source, request, prepared, new_run_id(world.clock));
  for (const auto& step : prepared.steps) {
    auto context = context_of(world, prepared, step, run, nullptr, events, stop);
    report.steps.push_back({.id = step.id,
                            .kind = std::string(plan::kind_of(step.action)),
                            .what = plan::describe(step.action),
                            .lines = preview_step(context)});
  }
  return report;
}

}  // namespace backstay::runtime
