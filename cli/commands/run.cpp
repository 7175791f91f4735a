// backstay run: execute a plan's backup, or look at what it would do.
#include "runtime/executor/run.hpp"

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/ansible_engine.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/due.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/part_of_set.hpp"
#include "cli/plan_file.hpp"
#include "cli/prune_call.hpp"
#include "cli/telling.hpp"
#include "cli/timer_place.hpp"
#include "lang/base/units.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/run_copy.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::string plan;
  std::string backup;
  std::string host;
  std::string copy;  ///< target
  std::string lock_timeout = "0s";
  OutputFormat format = OutputFormat::Text;
  bool dry_run = false;
  bool rehash = false;
  bool if_due = false;
  bool then_prune = false;
  PartWords part;
  EngineWords engine;
};

/// Whether --if-due lets the run go on; what is left to do: nothing, or say why not.
Result<Due> ask_calendar(const plan::Plan& plan, const Options& options, runtime::World& world) {
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, options.backup));
  BACKSTAY_ASSIGN(const auto host,
                  runtime::choose_host(*backup, options.host, runtime::host_name()));
  BACKSTAY_ASSIGN(const auto runs, runtime::read_past_runs(world.files, world.directories.state));
  return is_due(plan, backup->name, host, runs, world.clock.now(), options.copy);
}

/// A dry run says that the real one would be refused.
Result<runtime::PreviewReport> preview(const PlanFile& file,
                                       const runtime::RunOptions& options,
                                       Execution& execution) {
  BACKSTAY_ASSIGN(auto report, runtime::preview_backup(execution.world(), file.plan, options,
                                                       execution.events(), execution.stop()));
  auto approved = check_approval(execution.world(), file.plan, options.host);
  if (!approved && !report.refusal)
    report.refusal = std::move(approved).error();
  return report;
}

/// Names as far as they are known before a run begins.
Call call_of(const plan::Plan& plan, const Options& options) {
  Call call{.what = options.copy.empty() ? "backup" : "copy",
            .backup = options.backup,
            .host = options.host,
            .scheduled = options.if_due};
  if (const auto backup = runtime::choose_backup(plan, options.backup)) {
    call.backup = (*backup)->name;
    const auto host = runtime::choose_host(**backup, options.host, runtime::host_name());
    call.host = host ? *host : options.host;
  }
  return call;
}

void keep_outcome(Execution& execution,
                  const plan::Plan& plan,
                  const Call& call,
                  const Result<runtime::RunReport>& outcome,
                  bool overtaken) {
  if (overtaken) {
    keep_catalogue(execution, plan, call, "overtaken");
  } else if (outcome) {
    keep_catalogue(execution, plan, call, "ran", outcome->run_id);
  } else if (outcome.error().kind != ErrorKind::Usage) {
    keep_catalogue(execution, plan, call, outcome_of(outcome.error()), {},
                   to_string(outcome.error()));
  }
}

/// This host's part in a set. Errors: as of choosing backup and host.
Result<PartPlan> part_plan(const plan::Plan& plan, const Options& options) {
  BACKSTAY_TRY(runtime::check_set_name(options.part.set));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, options.backup));
  BACKSTAY_ASSIGN(auto host, runtime::choose_host(*backup, options.host, runtime::host_name()));
  return PartPlan{.part = {.set = options.part.set, .what = "backup", .host = std::move(host)},
                  .graph = backup->backup,
                  .deadline = backup->deadline};
}

/// On all hosts. What is due is decided by what this machine did on all of them, and what is due
/// begins a set of its own.
Result<void> run_everywhere(Session& session,
                            Options& options,
                            const PlanFile& file,
                            std::chrono::seconds lock_timeout,
                            Execution& execution) {
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(file.plan, options.backup));
  if (options.if_due) {
    runtime::World& world = execution.world();
    BACKSTAY_ASSIGN(const auto due,
                    is_due(file.plan, backup->name, "", past_sets(world), world.clock.now()));
    if (!due.due) {
      session.say(due.why);
      return {};
    }
    options.engine.new_set = true;
  }
  std::vector<std::string> arguments;
  if (options.rehash) {
    arguments.emplace_back("--rehash");
  }
  if (options.then_prune) {
    arguments.emplace_back("--then-prune");
  }
  if (options.lock_timeout != "0s") {
    arguments.insert(arguments.end(), {"--lock-timeout", options.lock_timeout});
  }
  return run_engine(session, execution, file, options.engine,
                    {.what = "backup",
                     .name = backup->name,
                     .graph = backup->backup,
                     .arguments = std::move(arguments),
                     .dry_run = options.dry_run,
                     .lock_timeout = lock_timeout},
                    options.format);
}

/// A dry run of the copy with a schedule of its own.
Result<runtime::PreviewReport> preview(const PlanFile& file,
                                       const runtime::CopyRunOptions& options,
                                       Execution& execution) {
  BACKSTAY_ASSIGN(auto report, runtime::preview_copy(execution.world(), file.plan, options,
                                                     execution.events(), execution.stop()));
  auto approved = check_approval(execution.world(), file.plan, options.host);
  if (!approved && !report.refusal)
    report.refusal = std::move(approved).error();
  return report;
}

/// A copy is of this machine alone, and reads nothing anew.
std::optional<Error> misused_copy(const Options& options) {
  if (options.copy.empty() ||
      (options.engine.engine.empty() && options.part.set.empty() && !options.rehash))
    return std::nullopt;
  return Error{.kind = ErrorKind::Usage,
               .message = "--copy goes with neither --engine, --set nor --rehash",
               .hint = "run the copy on the host whose store it reads"};
}

void run(Session& session, Options& options, Execution& execution) {
  const auto file = read_plan_file(options.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto timeout = parse_duration(options.lock_timeout);
  if (!timeout) {
    session.fail(ExitCode::Usage, "--lock-timeout takes a duration such as `10m`");
    return;
  }
  if (const auto misused = misused_copy(options)) {
    session.fail(*misused);
    return;
  }
  if (!options.engine.engine.empty()) {
    if (const auto done = run_everywhere(session, options, *file,
                                         std::chrono::seconds(timeout->seconds), execution);
        !done) {
      execution.fail(done.error());
    }
    return;
  }
  std::optional<PartPlan> part;
  if (!options.part.set.empty()) {
    auto found = part_plan(file->plan, options);
    if (!found) {
      execution.fail(found.error());
      return;
    }
    part.emplace(*std::move(found));
    if (options.part.is_call() && options.part.as_part.empty()) {
      if (const auto answered =
              answer_part_call(session, execution, options.part, *part, options.format);
          !answered) {
        execution.fail(answered.error());
      }
      return;
    }
    if (const std::string report = done_before(execution, options.part, part->part);
        !report.empty() && !options.dry_run) {
      session.print(options.format == OutputFormat::Text ? "" : report);
      session.say(
          fmt::format("set {} has its backup of {} already", part->part.set, part->part.host));
      return;
    }
  }
  const Call call = call_of(file->plan, options);
  if (options.if_due) {
    const auto due = ask_calendar(file->plan, options, execution.world());
    if (!due) {
      execution.fail(due.error());
      return;
    }
    if (!due->due) {
      session.say(due->why);
      keep_catalogue(execution, file->plan, call, "not due", {}, due->why);
      return;
    }
  }
  if (!options.dry_run) {
    const auto approved =
        require_approval(execution.world(), file->plan, options.host, execution.stop());
    if (!approved) {
      tell_of_backup(session, execution.world(), file->plan, options.backup, options.host,
                     approved.error(), options.copy);
      execution.fail(approved.error());
      return;
    }
  }
  if (part) {
    if (const auto begun = RunningPart::begin(execution, options.part, *part); !begun) {
      execution.fail(begun.error());
      return;
    }
  }
  RunningPart* running = options.part.running.get();
  bool overtaken = false;
  execution.name("BACKSTAY_POLICY", file->plan.policy);
  runtime::RunOptions run_options{.backup = options.backup,
                                  .host = options.host,
                                  .lock_timeout = std::chrono::seconds(timeout->seconds),
                                  .rehash = options.rehash,
                                  .with_others = part.has_value(),
                                  .gates = running ? &running->gates() : nullptr};
  if (options.if_due) {  // the run that held the lock may have been the one that was due
    run_options.wanted = [&] {
      const auto due = ask_calendar(file->plan, options, execution.world());
      overtaken = due && !due->due;
      return !overtaken;
    };
  }
  const auto show = [&](const auto& outcome) {
    if (overtaken) {
      session.say("another run has just done what was due");
    } else if (outcome) {
      execution.show(*outcome);
    } else {
      execution.fail(outcome.error());
    }
  };
  if (!options.copy.empty()) {
    const runtime::CopyRunOptions wanted{.backup = options.backup,
                                         .host = options.host,
                                         .target = options.copy,
                                         .lock_timeout = run_options.lock_timeout,
                                         .wanted = run_options.wanted};
    if (options.dry_run) {
      show(preview(*file, wanted, execution));
      return;
    }
    const auto outcome = runtime::run_copy(execution.world(), file->plan, wanted,
                                           execution.events(), execution.stop());
    show(outcome);
    if (!overtaken) {
      tell_of_backup(session, execution.world(), file->plan, options.backup, options.host, outcome,
                     options.copy);
    }
    keep_outcome(execution, file->plan, call, outcome, overtaken);
    if (options.then_prune && outcome && outcome->status == runtime::RunStatus::Verified) {
      const plan::Backup& backup = *file->plan.backup(outcome->backup);
      const auto copied = runtime::choose_copy(backup, outcome->copy);
      prune_behind_run(session, execution, file->plan, backup, (*copied)->steps, outcome->host);
    }
  } else if (options.dry_run) {
    show(preview(*file, run_options, execution));
  } else {
    const auto outcome =
        runtime::run_backup(execution.world(), file->plan, file->bytes, run_options,
                            running ? running->events() : execution.events(),
                            running ? running->stop() : execution.stop());
    show(outcome);
    if (part && !running && outcome) {
      if (const auto kept =
              keep_part(execution, part->part, runtime::to_json(*outcome), session.exit_code);
          !kept) {
        session.fail(kept.error());
      }
    }
    if (!overtaken) {
      tell_of_backup(session, execution.world(), file->plan, options.backup, options.host, outcome);
    }
    keep_outcome(execution, file->plan, call, outcome, overtaken);
    if (options.then_prune && outcome && outcome->status == runtime::RunStatus::Verified) {
      const plan::Backup& backup = *file->plan.backup(outcome->backup);
      prune_behind_run(session, execution, file->plan, backup, backup.backup, outcome->host);
    }
  }
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("run", "Execute a plan: back up");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_flag("--dry-run", options->dry_run,
                 "Look at the real host, change nothing, say whether the run could start");
  verb->add_flag("--if-due", options->if_due,
                 "Do nothing unless the schedule has fired since the last run began");
  verb->add_flag("--then-prune", options->then_prune,
                 "Behind a verified run: prune the targets that the plan lets this host delete "
                 "from; exit 8 where a guard of `prune` refuses");
  verb->add_flag("--rehash", options->rehash,
                 "Read every file and every part that could be linked, also where nothing seems "
                 "changed, and compare them with what the last run noted");
  verb->add_option("--copy", options->copy,
                   "Copy the newest verified snapshot to this target, which has a schedule of its "
                   "own, and back up nothing");
  verb->add_option("--backup", options->backup, "Which backup, where the plan holds several");
  verb->add_option("--host", options->host, "Which host of the plan this machine is");
  verb->add_option("--lock-timeout", options->lock_timeout,
                   "How long to wait for another run of this policy (default: not at all)");
  add_engine_options(*verb, options->engine, false);
  add_part_options(*verb, options->part);
  add_output_format(*verb, options->format);
  verb->footer(
      "Examples:\n  backstay run controller.plan.yaml --dry-run\n"
      "  backstay run controller.plan.yaml --lock-timeout 10m");
  verb->callback([options, &session] {
    Execution execution(session, options->format);
    run(session, *options, execution);
    note_part_end(execution, options->part, session.exit_code);
  });
}

}  // namespace backstay::cli
