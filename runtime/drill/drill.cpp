#include "runtime/drill/drill.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/verify.hpp"
#include "lang/base/suggest.hpp"
#include "runtime/drill/check_databases.hpp"
#include "runtime/drill/drill_sources.hpp"
#include "runtime/drill/evidence.hpp"
#include "runtime/drill/not_drilled.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/run_recorder.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/steps/support.hpp"
#include "runtime/store/records.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// What a drill is, before anything is touched.
struct Chosen {
  const plan::Drill* drill = nullptr;
  std::string host;
  std::vector<plan::Step> steps;
  Store store;
};

Result<std::string> choose_drill_host(const plan::Drill& drill, const std::string& asked) {
  plan::Backup stand_in;
  stand_in.name = drill.name;
  for (const plan::Step& step : drill.steps)
    stand_in.hosts.push_back(step.host);
  auto& hosts = stand_in.hosts;
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  if (hosts.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("drill `{}` restores nothing", drill.name),
                 .hint = "no backup of its services goes to its target; see `backstay show`"};
  }
  return choose_host(stand_in, asked, host_name());
}

Result<Chosen> choose(World& world, const plan::Plan& plan, const DrillRequest& request) {
  BACKSTAY_TRY(plan::verify(plan));
  Chosen chosen;
  BACKSTAY_ASSIGN(chosen.drill, choose_drill(plan, request.drill));
  BACKSTAY_ASSIGN(chosen.host, choose_drill_host(*chosen.drill, request.host));
  chosen.steps = steps_of_host(chosen.drill->steps, chosen.host);
  const plan::Target* target = plan.target(chosen.drill->target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  if (target->kind != "directory" && request.store.empty()) {
    return Error{.kind = ErrorKind::ToolMissing,
                 .message = fmt::format("target {} is of kind {} and was not opened", target->name,
                                        target->kind)};
  }
  BACKSTAY_ASSIGN(
      chosen.store,
      open_store_for_reading(world.files, request.store.empty() ? target->path : request.store,
                             world.directories));
  return chosen;
}

/// The plan with scratch servers in the place of the real ones: no step can reach another.
plan::Plan scratch_plan(plan::Plan plan, const std::string& directory) {
  for (plan::Server& server : plan.servers) {
    const std::string place = directory + "/servers/" + server.name;
    server = scratch_facts(server, server.kind == "mariadb" ? place + "/socket" : place);
  }
  return plan;
}

DrillRun begin_run(World& world,
                   const plan::Plan& plan,
                   const Chosen& chosen,
                   const DrillRequest& request) {
  DrillRun run{
      .drill = *chosen.drill, .run_id = new_run_id(world.clock), .keep = request.keep, .plan = {}};
  run.directory = request.into.empty() ? usual_sandbox(run.run_id) : request.into;
  run.plan = scratch_plan(plan, run.directory);
  return run;
}

/// Whether a step restores something of a source; `database all` is one component in the plan and
/// one for each database in a snapshot.
bool restores_from(const plan::Step& step, const DrillSource& source) {
  if (source_host(step) != source.summary.host)
    return false;
  const auto names = plan::components_of(step.action);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto& all = source.files.components;
    const auto first = all.lower_bound(name);
    return first != all.end() && (*first == name || first->starts_with(name + "."));
  });
}

bool is_about_servers(const plan::Action& action) {
  return !plan::servers_of(action).empty();
}

/// Whether nothing of a service is drilled but what a server's data files hold of it.
bool lives_in_data_files(const plan::Plan& plan, const std::string& service) {
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Step& step : backup.restore) {
      for (const std::string& component : plan::components_of(step.action)) {
        if (component.starts_with(service + "."))
          return false;
      }
    }
  }
  return true;
}

/// The services whose last part is back with a step. Data files say whose they are of no service:
/// they count for all that lives in them alone, and for what came back before.
std::set<std::string> services_of(const plan::Step& step, const DrillRun& run) {
  std::set<std::string> services;
  if (std::holds_alternative<plan::RestoreMariadbPhysical>(step.action)) {
    for (const auto& [service, time] : run.restored)
      services.insert(service);
    for (const std::string& service : run.drill.services) {
      if (lives_in_data_files(run.plan, service))
        services.insert(service);
    }
    return services;
  }
  for (const std::string& component : plan::components_of(step.action)) {
    const std::string service = component.substr(0, component.find('.'));
    services.insert(service);
  }
  return services;
}

class Drilling {
 public:
  Drilling(World& world, const Chosen& chosen, DrillRun& run, Events& events)
      : world_(world), inside_(world), chosen_(chosen), run_(run), events_(events) {
    inside_.directories.state = run.directory + "/state";
  }

  Result<void> do_step(const plan::Step& step, const std::stop_token& stop) {
    BACKSTAY_FAILPOINT("drill.step");
    auto done = dispatch(step, stop);
    BACKSTAY_FAILPOINT("drill.step-done");
    if (!done && is_about_servers(step.action))
      add_last_words(step, done);
    return done;
  }

  Preview look(const plan::Step& step) {
    if (is_about_servers(step.action) && !plan::components_of(step.action).empty())
      return look_at_import(step);
    Preview lines;
    bool of_source = false;
    for (DrillSource& source : run_.sources) {
      if (!reads(step, source))
        continue;
      of_source = true;
      auto context = context_of(step, {}, &source);
      const Preview some = preview_step(context);
      lines.insert(lines.end(), some.begin(), some.end());
    }
    if (of_source || !plan::components_of(step.action).empty())
      return lines;
    auto context = context_of(step, {}, nullptr);
    return preview_step(context);
  }

 private:
  static bool is_check(const plan::Step& step) {
    return std::holds_alternative<plan::CheckSnapshot>(step.action);
  }

  static bool reads(const plan::Step& step, const DrillSource& source) {
    return is_check(step) ? source_host(step) == source.summary.host : restores_from(step, source);
  }

  StepContext context_of(const plan::Step& step, std::stop_token stop, DrillSource* source) {
    StepContext context{.world = source == nullptr ? world_ : inside_,
                        .plan = run_.plan,
                        .backup = source == nullptr ? nothing_ : source->graph,
                        .step = step,
                        .run_id = run_.run_id,
                        .stop = std::move(stop),
                        .events = events_};
    context.drill = &run_;
    if (source != nullptr) {
      context.snapshot = source->snapshot.get();
      context.restore = is_about_servers(step.action) ? &source->rows : &source->files;
    }
    return context;
  }

  Result<void> dispatch(const plan::Step& step, const std::stop_token& stop) {
    const bool data = !plan::components_of(step.action).empty();
    if (!data && !is_check(step)) {
      auto context = context_of(step, stop, nullptr);
      return execute_step(context);
    }
    if (is_check(step))
      BACKSTAY_TRY(begin_restore());
    for (DrillSource& source : run_.sources) {
      if (!reads(step, source))
        continue;
      auto context = context_of(step, stop, &source);
      BACKSTAY_TRY(execute_step(context));
      BACKSTAY_TRY(look_closer(step, context));
    }
    if (data)
      note_time(step);
    return {};
  }

  /// The time that counts begins when the first byte of a snapshot is read.
  Result<void> begin_restore() {
    if (run_.began == std::chrono::steady_clock::time_point())
      run_.began = world_.clock.steady_now();
    if (run_.absent.empty())
      return {};
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("the snapshot does not hold {}, which the plan restores",
                                        fmt::join(run_.absent, ", ")),
                 .hint = "run the backup of this plan once, then drill again"};
  }

  static Result<void> look_closer(const plan::Step& step, StepContext& context) {
    if (const auto* mariadb = std::get_if<plan::RestoreMariadb>(&step.action))
      return check_drilled(*mariadb, context);
    if (const auto* physical = std::get_if<plan::RestoreMariadbPhysical>(&step.action))
      return check_drilled(*physical, context);
    if (const auto* postgresql = std::get_if<plan::RestorePostgresql>(&step.action))
      return check_drilled(*postgresql, context);
    return {};
  }

  void note_time(const plan::Step& step) {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
        world_.clock.steady_now() - run_.began);
    for (const std::string& service : services_of(step, run_)) {
      if (std::binary_search(run_.drill.services.begin(), run_.drill.services.end(), service))
        run_.restored[service] = time;
    }
  }

  /// A lost connection says little; the server that ended may say why.
  void add_last_words(const plan::Step& step, Result<void>& failed) {
    for (const std::string& name : plan::servers_of(step.action)) {
      const auto server = run_.servers.find(name);
      if (server == run_.servers.end() || !server->second.process)
        continue;
      if (const std::string end = server->second.process->end(); !end.empty())
        failed.error().message += "; of the scratch server for " + name + ": " + end;
    }
  }

  Preview look_at_import(const plan::Step& step) const {
    Preview lines;
    for (const DrillSource& source : run_.sources) {
      for (const ComponentInfo& component : source.snapshot->components()) {
        const auto names = plan::components_of(step.action);
        const bool here = restores_from(step, source) &&
                          source.rows.components.contains(component.name) &&
                          std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                            return component.name == name || component.name.starts_with(name + ".");
                          });
        if (here) {
          lines.push_back({.text = fmt::format("{} ({}) into the scratch server", component.source,
                                               to_human(ByteSize{component.plain_bytes}))});
        }
      }
    }
    return lines;
  }

  World& world_;
  World inside_;  ///< what a restore notes in the state directory stays in the sandbox
  const Chosen& chosen_;
  DrillRun& run_;
  Events& events_;
  const plan::Backup nothing_{};
};

RunReport begin_report(World& world,
                       const plan::Plan& plan,
                       const Chosen& chosen,
                       const DrillRun& run) {
  RunReport report{.run_id = run.run_id};
  report.what = "drill";
  report.drill = chosen.drill->name;
  report.policy = plan.policy;
  report.backup = run.sources.front().summary.backup;
  report.host = chosen.host;
  report.plan_digest = plan::digest(plan);
  report.started = to_rfc3339(world.clock.now());
  report.snapshot = run.sources.front().summary.id;
  return report;
}

void execute(World& world,
             const Chosen& chosen,
             DrillRun& run,
             RunReport& report,
             RunRecorder& recorder,
             EventHub& hub,
             const std::stop_token& stop) {
  Drilling drilling(world, chosen, run, hub);
  const StepFunction function = [&](const plan::Step& step, const std::stop_token& step_stop) {
    return drilling.do_step(step, step_stop);
  };
  const ExecutorOptions limits{.parallel = 1,
                               .deadline = std::chrono::seconds(chosen.drill->deadline.seconds)};
  const auto results = execute_graph(chosen.steps, function, recorder, world.clock, limits, stop);
  report.steps = report_steps(chosen.steps, results, hub);
  report.failure = first_failure(results);
  const bool whole = std::all_of(results.begin(), results.end(), [](const StepResult& result) {
    return result.end == StepEnd::Done;
  });
  report.status = whole ? RunStatus::Drilled : RunStatus::Failed;
  if (stop.stop_requested() && report.failure)
    report.failure->kind = ErrorKind::Interrupted;
}

/// A drill that was interrupted says nothing about a snapshot, and leaves no evidence.
void keep_evidence(World& world,
                   const plan::Plan& plan,
                   const Chosen& chosen,
                   const DrillRun& run,
                   const std::vector<std::string>& left,
                   RunReport& report) {
  if (report.failure && report.failure->kind == ErrorKind::Interrupted)
    return;
  for (const DrillSource& source : run.sources) {
    auto kept = write_record(world.files, chosen.store, source.summary.id, kDrillRecord,
                             evidence_json(plan, run, source, report, left));
    if (kept || report.failure)
      continue;
    report.status = RunStatus::Failed;
    report.failure = std::move(kept).error().while_doing("keeping the evidence");
  }
}

std::vector<std::string> time_lines(const plan::Plan& plan, const DrillRun& run) {
  std::vector<std::string> lines;
  for (const auto& [service, time] : run.restored) {
    const auto promise = restore_promise(plan, service).rto;
    std::string line = fmt::format("{} was back after {:.1f} s", service,
                                   static_cast<double>(time.count()) / 1000);
    if (promise) {
      const bool within = time <= std::chrono::seconds(promise->seconds);
      line += fmt::format("; `rto {}` is promised{}", to_string(*promise),
                          within ? "" : " and NOT KEPT");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A report of what happened, also where the drill failed.
DrillReport finish(World& world,
                   const plan::Plan& plan,
                   const Chosen& chosen,
                   DrillRun& run,
                   RunReport report,
                   RunRecorder& recorder,
                   EventHub& hub) {
  DrillReport outcome;
  outcome.not_drilled = not_drilled(plan, *chosen.drill);
  outcome.findings = run.findings;
  outcome.times = time_lines(plan, run);
  if (run.keep && run.sandbox) {
    outcome.kept = run.directory;
    for (const auto& [name, server] : run.servers)
      outcome.servers.push_back(show_scratch_server(server));
  }
  report.finished = to_rfc3339(world.clock.now());
  keep_evidence(world, plan, chosen, run, outcome.not_drilled, report);
  report.warnings = hub.warnings();
  write_report(world, report, hub);
  recorder.write(
      {.event = JournalEvent::Ended, .step = {}, .detail = std::string(to_string(report.status))});
  outcome.run = std::move(report);
  return outcome;
}

}  // namespace

Result<const plan::Drill*> choose_drill(const plan::Plan& plan, const std::string& name) {
  if (name.empty() && plan.drills.size() == 1)
    return &plan.drills.front();
  if (const plan::Drill* found = plan.drill(name))
    return found;
  std::vector<std::string> names;
  for (const plan::Drill& drill : plan.drills)
    names.push_back(drill.name);
  if (names.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan of `{}` has no drill", plan.policy),
                 .hint = "declare one in the policy: `drill NAME { … }`"};
  }
  if (name.empty()) {
    return Error{
        .kind = ErrorKind::Usage,
        .message = fmt::format("the plan of `{}` holds {} drills", plan.policy, names.size()),
        .hint = fmt::format("name one with --drill: {}", fmt::join(names, ", "))};
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("the plan of `{}` has no drill `{}`", plan.policy, name),
               .hint = did_you_mean(name, names)};
}

Result<DrillReport> run_drill(World& world,
                              const plan::Plan& plan,
                              const DrillRequest& request,
                              Events& events,
                              std::stop_token stop) {
  EventHub hub({&events});
  BACKSTAY_ASSIGN(const auto chosen, choose(world, plan, request));
  for (const std::string& line : remove_sandboxes(world, false))
    hub.warning("", line);
  DrillRun run = begin_run(world, plan, chosen, request);
  if (auto unsupported = find_unsupported(run.plan, chosen.steps))
    return std::move(*unsupported);
  BACKSTAY_TRY(check_sandbox(world.files, run.directory));
  BACKSTAY_TRY(open_drill_sources(world, chosen.store, chosen.steps, request.snapshot, run));
  auto report = begin_report(world, plan, chosen, run);
  BACKSTAY_ASSIGN(const auto journal,
                  Journal::open(world.files, world.clock, world.directories.state, report.run_id));
  RunRecorder recorder(*journal, hub, nullptr);
  recorder.write({.event = JournalEvent::Begun, .step = {}, .detail = report.plan_digest});
  execute(world, chosen, run, report, recorder, hub, stop);
  return finish(world, plan, chosen, run, std::move(report), recorder, hub);
}

Result<PreviewReport> preview_drill(World& world,
                                    const plan::Plan& plan,
                                    const DrillRequest& request,
                                    Events& events,
                                    std::stop_token stop) {
  BACKSTAY_ASSIGN(const auto chosen, choose(world, plan, request));
  DrillRun run = begin_run(world, plan, chosen, request);
  BACKSTAY_TRY(open_drill_sources(world, chosen.store, chosen.steps, request.snapshot, run));
  PreviewReport report{.backup = run.sources.front().summary.backup,
                       .host = chosen.host,
                       .snapshot = run.sources.front().summary.id};
  report.refusal = find_unsupported(run.plan, chosen.steps);
  Drilling drilling(world, chosen, run, events);
  for (const plan::Step& step : chosen.steps) {
    if (stop.stop_requested())
      break;
    report.steps.push_back({.id = step.id,
                            .kind = std::string(plan::kind_of(step.action)),
                            .what = plan::describe(step.action),
                            .lines = drilling.look(step)});
  }
  for (const std::string& line : not_drilled(plan, *chosen.drill)) {
    report.steps.back().lines.push_back({.text = "not drilled: " + line});
  }
  return report;
}

}  // namespace backstay::runtime
