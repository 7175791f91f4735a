// backstay schedule: timers that run a plan's backups, with systemd or cron.
#include <chrono>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/next_run.hpp"
#include "cli/render/table.hpp"
#include "compiler/calendar/timer_calendar.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/recover/guard.hpp"
#include "runtime/scheduling/schedule_units.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::cli {
namespace {

constexpr const char* kCronDirectory = "/etc/cron.d";

struct Options {
  std::string plan;
  std::string host;
  std::string format = "text";
  bool dry_run = false;
  bool cron = false;
};

/// A file to be written, and what is there now.
struct Wanted {
  std::string path;
  std::string text;
};

struct Prepared {
  plan::Plan plan;
  std::string path;
  std::vector<std::string> names;  ///< of units, or of files of cron
  std::vector<Wanted> files;
};

Result<runtime::ScheduledRun> scheduled_run(const plan::Plan& plan,
                                            const plan::Backup& backup,
                                            const std::string& path,
                                            const Options& options) {
  runtime::ScheduledRun run{.plan_path = path, .backup = backup.name, .host = {}, .calendar = {}};
  BACKSTAY_ASSIGN(run.host, runtime::choose_host(backup, options.host, runtime::host_name()));
  const plan::Schedule* schedule = plan.schedule(backup.schedule);
  const auto rule = compiler::parse_schedule_rule(schedule->rule);
  BACKSTAY_ASSIGN(const auto zone, compiler::Zone::find(plan.zone));
  if (!rule) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("the rule `{}` cannot be read", schedule->rule)};
  }
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  // From the first of the year on, so that the units are the same every day of it.
  const std::chrono::local_days begin(std::chrono::year_month_day(today).year() /
                                      std::chrono::January / 1);
  run.calendar = compiler::timer_calendar(*rule, schedule->rule, zone, begin);
  return run;
}

void add_units(const plan::Plan& plan,
               const runtime::ScheduledRun& run,
               const runtime::Directories& directories,
               const std::string& program,
               Prepared& prepared) {
  const auto units = runtime::schedule_units(plan, run, directories, program);
  prepared.names.push_back(units.name);
  prepared.files.push_back(
      {runtime::unit_directory() + "/" + units.name + ".service", units.service});
  prepared.files.push_back({runtime::unit_directory() + "/" + units.name + ".timer", units.timer});
}

Result<Prepared> prepare(const Options& options,
                         const runtime::Directories& directories,
                         bool cron) {
  BACKSTAY_ASSIGN(auto file, read_plan_file(options.plan));
  Prepared prepared{.plan = std::move(file.plan), .path = {}, .names = {}, .files = {}};
  std::error_code failed;
  prepared.path = std::filesystem::canonical(options.plan, failed).string();
  if (failed) {
    return errno_error(failed.value(), "cannot find `" + options.plan + "`");
  }
  BACKSTAY_TRY(runtime::check_plan_place(prepared.path));
  BACKSTAY_ASSIGN(const auto program, runtime::own_program());
  for (const plan::Backup& backup : prepared.plan.backups) {
    if (backup.schedule.empty()) {
      continue;
    }
    BACKSTAY_ASSIGN(const auto run, scheduled_run(prepared.plan, backup, prepared.path, options));
    if (cron) {
      prepared.names.push_back(runtime::schedule_name(prepared.plan, backup.name));
      prepared.files.push_back({fmt::format("{}/{}", kCronDirectory, prepared.names.back()),
                                runtime::crontab_line(run, directories, program)});
    } else {
      add_units(prepared.plan, run, directories, program, prepared);
    }
  }
  if (prepared.names.empty()) {
    return Error{
        .kind = ErrorKind::Usage,
        .message = fmt::format("no backup of policy `{}` has a schedule", prepared.plan.policy),
        .hint = "give the backup a `run SCHEDULE`"};
  }
  return prepared;
}

bool uses_cron(const Options& options, runtime::World& world) {
  return options.cron || !runtime::systemd_runs(world.files);
}

Result<void> write_files(const Prepared& prepared, runtime::World& world) {
  for (const Wanted& wanted : prepared.files) {
    BACKSTAY_TRY(runtime::replace_file(world.files, wanted.path, wanted.text, 0644));
  }
  return {};
}

Result<void> start_timers(const Prepared& prepared, runtime::World& world) {
  BACKSTAY_TRY(runtime::make_directories(world.files, world.directories.state, 0700));
  BACKSTAY_TRY(runtime::install_boot_unit(world));
  runtime::ServiceManager manager(world.commands);
  BACKSTAY_TRY(manager.reload());
  for (const std::string& name : prepared.names) {
    BACKSTAY_TRY(manager.enable_now(name + ".timer"));
  }
  return {};
}

void install(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  runtime::World& world = execution.world();
  const bool cron = uses_cron(options, world);
  const auto prepared = prepare(options, world.directories, cron);
  if (!prepared) {
    session.fail(prepared.error());
    return;
  }
  for (const Wanted& wanted : prepared->files) {
    session.print(fmt::format("--- {}\n{}", wanted.path, printable(wanted.text)));
  }
  if (options.dry_run) {
    session.say("nothing was changed");
    return;
  }
  auto done = check_approval(world, prepared->plan, options.host);
  if (done) {
    done = write_files(*prepared, world);
  }
  if (done && !cron) {
    done = start_timers(*prepared, world);
  }
  if (!done) {
    session.fail(done.error());
    return;
  }
  for (const std::string& name : prepared->names) {
    session.say(fmt::format("{} is scheduled", name));
  }
}

Result<void> remove_units(const std::string& name, runtime::World& world, bool systemd) {
  if (systemd) {
    runtime::ServiceManager manager(world.commands);
    BACKSTAY_TRY(manager.disable_now(name + ".timer"));
  }
  for (const std::string& path : {runtime::unit_directory() + "/" + name + ".timer",
                                  runtime::unit_directory() + "/" + name + ".service",
                                  fmt::format("{}/{}", kCronDirectory, name)}) {
    if (auto gone = world.files.unlink(path); !gone && gone.error().kind != ErrorKind::NotFound) {
      return gone;
    }
  }
  return {};
}

void remove(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  runtime::World& world = execution.world();
  const auto file = read_plan_file(options.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const bool systemd = runtime::systemd_runs(world.files);
  for (const plan::Backup& backup : file->plan.backups) {
    const std::string name = runtime::schedule_name(file->plan, backup.name);
    const bool timer =
        runtime::exists(world.files, runtime::unit_directory() + "/" + name + ".timer");
    if (const auto removed = remove_units(name, world, systemd && timer); !removed) {
      session.fail(removed.error());
      return;
    }
    session.say(fmt::format("{} is not scheduled any more", name));
  }
  if (systemd) {
    if (const auto loaded = runtime::ServiceManager(world.commands).reload(); !loaded) {
      session.fail(loaded.error());
    }
  }
}

// --- list ----------------------------------------------------------------------------------------

struct Line {
  std::string backup, rule, by, next, next_at, last, outcome;
};

std::string scheduled_by(const std::string& name, runtime::World& world) {
  if (runtime::exists(world.files, runtime::unit_directory() + "/" + name + ".timer")) {
    const auto active = runtime::ServiceManager(world.commands).is_active(name + ".timer");
    return active && *active ? name + ".timer" : name + ".timer (not active)";
  }
  return runtime::exists(world.files, fmt::format("{}/{}", kCronDirectory, name))
             ? fmt::format("{}/{}", kCronDirectory, name)
             : "nobody";
}

std::vector<Line> lines_of(const plan::Plan& plan,
                           const std::vector<runtime::PastRun>& runs,
                           runtime::World& world) {
  std::vector<Line> lines;
  for (const plan::Backup& backup : plan.backups) {
    const plan::Schedule* schedule = plan.schedule(backup.schedule);
    const auto next = next_run(plan, backup.name, world.clock.now());
    Line line{.backup = backup.name,
              .rule = schedule == nullptr ? "only by hand" : schedule->rule,
              .by = scheduled_by(runtime::schedule_name(plan, backup.name), world),
              .next = next.text,
              .next_at = next.at,
              .last = {},
              .outcome = "never ran"};
    for (const runtime::PastRun& run : runs) {
      if (run.what == "backup" && run.policy == plan.policy && run.backup == backup.name) {
        line.last = run.started;
        line.outcome = run.begun ? run.status : "did not begin";
        break;  // newest first
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string as_text(const std::vector<Line>& lines) {
  std::vector<std::vector<std::string>> rows = {
      {"BACKUP", "SCHEDULE", "RUN BY", "NEXT", "LAST", "OUTCOME"}};
  for (const Line& line : lines) {
    rows.push_back({line.backup, line.rule, line.by, line.next, line.last, line.outcome});
  }
  return render_table(rows);
}

std::string as_json(const std::vector<Line>& lines) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Line& line : lines) {
    list.push_back({{"backup", line.backup},
                    {"schedule", line.rule},
                    {"run_by", line.by},
                    {"next", line.next_at},
                    {"last", line.last},
                    {"outcome", line.outcome}});
  }
  return nlohmann::ordered_json({{"schema_version", 1}, {"schedules", list}})
             .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

void list(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  runtime::World& world = execution.world();
  const auto file = read_plan_file(options.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto runs = runtime::read_past_runs(world.files, world.directories.state);
  if (!runs) {
    session.fail(runs.error());
    return;
  }
  const auto lines = lines_of(file->plan, *runs, world);
  session.print(options.format == "json" ? as_json(lines) : as_text(lines));
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("schedule", "Timers that run a plan's backups");
  verb->require_subcommand(1);
  CLI::App* installing = verb->add_subcommand("install", "Show the units, write and start them");
  installing->add_option("PLAN", options->plan, "A plan file that only root can change")
      ->required();
  installing->add_option("--host", options->host, "Which host of the plan this machine is");
  installing->add_flag("--dry-run", options->dry_run, "Only show them");
  installing->add_flag("--cron", options->cron,
                       "A file in /etc/cron.d instead of systemd's timers");
  installing->callback([options, &session] { install(session, *options); });
  CLI::App* listing = verb->add_subcommand("list", "Next and last runs, and who runs them");
  listing->add_option("PLAN", options->plan, "A plan file")->required();
  listing->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  listing->callback([options, &session] { list(session, *options); });
  CLI::App* removing = verb->add_subcommand("remove", "Stop and remove the timers of a plan");
  removing->add_option("PLAN", options->plan, "A plan file")->required();
  removing->callback([options, &session] { remove(session, *options); });
  verb->footer(
      "Examples:\n  backstay schedule install /etc/backstay/controller.plan.yaml --dry-run\n"
      "  backstay schedule install /etc/backstay/controller.plan.yaml\n"
      "  backstay schedule list /etc/backstay/controller.plan.yaml");
}

}  // namespace backstay::cli
