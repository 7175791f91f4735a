// backstay run: execute a plan's backup, or look at what it would do.
#include "runtime/executor/run.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/due.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/plan_file.hpp"
#include "cli/telling.hpp"
#include "lang/base/units.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::string plan;
  std::string backup;
  std::string host;
  std::string lock_timeout = "0s";
  OutputFormat format = OutputFormat::Text;
  bool dry_run = false;
  bool rehash = false;
  bool if_due = false;
};

/// Whether --if-due lets the run go on; what is left to do: nothing, or say why not.
Result<Due> ask_calendar(const plan::Plan& plan, const Options& options, runtime::World& world) {
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, options.backup));
  BACKSTAY_ASSIGN(const auto host,
                  runtime::choose_host(*backup, options.host, runtime::host_name()));
  BACKSTAY_ASSIGN(const auto runs, runtime::read_past_runs(world.files, world.directories.state));
  return is_due(plan, backup->name, host, runs, world.clock.now());
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
  Call call{.what = "backup",
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

void run(Session& session, const Options& options) {
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
  Execution execution(session, options.format);
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
                     approved.error());
      execution.fail(approved.error());
      return;
    }
  }
  bool overtaken = false;
  execution.name("BACKSTAY_POLICY", file->plan.policy);
  runtime::RunOptions run_options{.backup = options.backup,
                                  .host = options.host,
                                  .lock_timeout = std::chrono::seconds(timeout->seconds),
                                  .rehash = options.rehash};
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
  if (options.dry_run) {
    show(preview(*file, run_options, execution));
  } else {
    const auto outcome = runtime::run_backup(execution.world(), file->plan, file->bytes,
                                             run_options, execution.events(), execution.stop());
    show(outcome);
    if (!overtaken) {
      tell_of_backup(session, execution.world(), file->plan, options.backup, options.host, outcome);
    }
    keep_outcome(execution, file->plan, call, outcome, overtaken);
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
  verb->add_flag("--rehash", options->rehash,
                 "Read every file and every part that could be linked, also where nothing seems "
                 "changed, and compare them with what the last run noted");
  verb->add_option("--backup", options->backup, "Which backup, where the plan holds several");
  verb->add_option("--host", options->host, "Which host of the plan this machine is");
  verb->add_option("--lock-timeout", options->lock_timeout,
                   "How long to wait for another run of this policy (default: not at all)");
  add_output_format(*verb, options->format);
  verb->footer(
      "Examples:\n  backstay run controller.plan.yaml --dry-run\n"
      "  backstay run controller.plan.yaml --lock-timeout 10m");
  verb->callback([options, &session] { run(session, *options); });
}

}  // namespace backstay::cli
