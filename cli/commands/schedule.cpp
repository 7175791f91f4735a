// backstay schedule: timers that run a plan's backups, with systemd or cron.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/ansible_schedule.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/schedule/prepare_timers.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/timer_files.hpp"
#include "cli/schedule/timer_list.hpp"

namespace backstay::cli {
namespace {

void show_units(Session& session,
                const PreparedTimers& prepared,
                runtime::World& world,
                bool dry_run) {
  for (const TimerFile& wanted : prepared.files) {
    session.print(fmt::format("--- {}\n{}", wanted.path, printable_lines(wanted.text)));
  }
  for (const TimerFile& wanted : prepared.files) {
    if (dry_run && !is_there(wanted, world)) {
      session.say("would write " + wanted.path);
    }
  }
  for (const Leftover& leftover : prepared.leftovers) {
    if (dry_run)
      session.say(fmt::format("would remove {}: {}", leftover.path, printable(leftover.because)));
  }
}

Result<void> install_here(Session& session,
                          const PlanFile& file,
                          const ScheduleOptions& options,
                          runtime::World& world) {
  BACKSTAY_ASSIGN(const auto prepared, prepare_timers(session, world, file, options));
  show_units(session, prepared, world, options.dry_run);
  if (options.dry_run) {
    session.say("nothing was changed");
    return {};
  }
  for (const std::string& host : prepared.hosts) {
    BACKSTAY_TRY(check_approval(world, file.plan, host));
  }
  BACKSTAY_TRY(write_timer_files(session, prepared.files, world));
  std::vector<std::string> leftovers;
  for (const Leftover& leftover : prepared.leftovers)
    leftovers.push_back(leftover.path);
  BACKSTAY_TRY(remove_timer_files(session, leftovers, world));
  if (!prepared.cron && !prepared.names.empty()) {
    BACKSTAY_TRY(start_timers(prepared.names, world));
  }
  for (const std::string& name : prepared.names) {
    session.say(fmt::format("{} is scheduled", name));
  }
  return {};
}

/// One timer here for all hosts takes theirs away, those of copies and drills with them.
Result<void> refuse_lost_timers(const plan::Plan& plan) {
  for (const runtime::ScheduledRun& run : runtime::scheduled_runs(plan)) {
    if (!is_plain(run)) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("{} has a schedule of its own, and --on-controller would "
                                          "take the timers of all hosts away",
                                          to_string(run)),
                   .hint = "say in the policy whose timer runs the backup: `run SCHEDULE on HOST`"};
    }
  }
  return {};
}

Result<void> install(Session& session, const ScheduleOptions& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  if (options.everywhere() && options.on_controller) {
    BACKSTAY_TRY(refuse_lost_timers(file.plan));
  }
  BACKSTAY_TRY(install_here(session, file, options, execution.world()));
  if (!options.everywhere()) {
    return {};
  }
  // Where one timer here runs all hosts, theirs must go: nothing runs twice.
  const std::string operation = options.on_controller ? "give-way" : "install";
  BACKSTAY_ASSIGN(const auto answers, schedule_on_hosts(session, execution, file, options.engine,
                                                        operation, options.dry_run));
  show_answers(session, answers, operation);
  return {};
}

Result<void> remove(Session& session, const ScheduleOptions& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  for (const runtime::ScheduledRun& run : runs_of(file.plan)) {
    const std::string name = runtime::schedule_name(file.plan, run);
    BACKSTAY_TRY(remove_timer_files(session, files_of_timer(name), execution.world()));
    session.say(fmt::format("{} is not scheduled any more", name));
  }
  BACKSTAY_ASSIGN(const auto forgotten, forgotten_timers(execution.world(), file.plan));
  for (const runtime::InstalledTimer& timer : forgotten) {
    BACKSTAY_TRY(remove_timer_files(session, timer.paths, execution.world()));
    session.say(fmt::format("{} is not scheduled any more", timer.name));
  }
  if (options.everywhere()) {
    BACKSTAY_ASSIGN(const auto answers,
                    schedule_on_hosts(session, execution, file, options.engine, "remove", false));
    show_answers(session, answers, "remove");
  }
  return {};
}

Result<void> list(Session& session, const ScheduleOptions& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  BACKSTAY_ASSIGN(auto lines, list_timers(file.plan, options, execution.world()));
  std::vector<HostAnswer> answers;
  if (options.everywhere()) {
    BACKSTAY_ASSIGN(answers,
                    schedule_on_hosts(session, execution, file, options.engine, "list", false));
    add_answers(answers, lines);
  }
  session.print(options.format == "json" ? to_json(lines) : to_table(lines, options.everywhere()));
  const auto answered = [](const HostAnswer& one) { return one.reached && one.exit == 0; };
  for (const HostAnswer& one : answers) {
    if (!answered(one)) {
      session.say(line_of(one));
    }
  }
  if (!std::all_of(answers.begin(), answers.end(), answered)) {
    session.fail(ExitCode::Partial, "not every host told of its timers");
  }
  return {};
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ScheduleOptions>();
  const auto told = [options, &session](Result<void> (*does)(Session&, const ScheduleOptions&)) {
    return [options, &session, does] {
      if (const auto done = does(session, *options); !done) {
        session.fail(done.error());
      }
    };
  };
  CLI::App* verb = app.add_subcommand("schedule", "Timers that run a plan's backups");
  verb->require_subcommand(1);
  CLI::App* installing = verb->add_subcommand("install", "Show the units, write and start them");
  installing->add_option("PLAN", options->plan, "A plan file that only root can change")
      ->required();
  installing->add_option("--host", options->host, "Which host of the plan this machine is");
  installing->add_flag("--dry-run", options->dry_run, "Only show them");
  installing->add_flag("--cron", options->cron,
                       "A file in /etc/cron.d instead of systemd's timers");
  installing->add_flag("--on-controller", options->on_controller,
                       "One timer here that runs all hosts, where the policy does not say who");
  add_schedule_engine_options(*installing, options->engine);
  installing->callback(told(install));
  CLI::App* listing = verb->add_subcommand("list", "Next and last runs, and who runs them");
  listing->add_option("PLAN", options->plan, "A plan file")->required();
  listing->add_option("--host", options->host, "Only what this host of the plan has to do with");
  listing->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  add_schedule_engine_options(*listing, options->engine);
  listing->callback(told(list));
  CLI::App* removing = verb->add_subcommand("remove", "Stop and remove the timers of a plan");
  removing->add_option("PLAN", options->plan, "A plan file")->required();
  add_schedule_engine_options(*removing, options->engine);
  removing->callback(told(remove));
  verb->footer(
      "Examples:\n  backstay schedule install /etc/backstay/controller.plan.yaml --dry-run\n"
      "  backstay schedule install /etc/backstay/controller.plan.yaml\n"
      "  backstay schedule list /etc/backstay/controller.plan.yaml\n"
      "  backstay schedule install /etc/backstay/cloud.plan.yaml --engine ansible");
}

}  // namespace backstay::cli
