// backstay schedule: timers that run a plan's backups, with systemd or cron.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/ansible_schedule.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_host.hpp"
#include "cli/render/next_run.hpp"
#include "cli/render/table.hpp"
#include "cli/timer_place.hpp"
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
  bool on_controller = false;
  EngineWords engine;

  [[nodiscard]] bool everywhere() const { return !engine.engine.empty(); }
};

/// A file to be written.
struct Wanted {
  std::string path;
  std::string text;
};

struct Prepared {
  std::string path;                    ///< of the plan
  std::vector<std::string> names;      ///< of units, or of files of cron
  std::vector<Wanted> files;           ///< those of these names
  std::vector<std::string> leftovers;  ///< files of backups whose timer belongs elsewhere
  std::vector<std::string> hosts;      ///< in the plan, whose own part has a timer here
};

std::vector<std::string> files_of(const std::string& name) {
  return {runtime::unit_directory() + "/" + name + ".timer",
          runtime::unit_directory() + "/" + name + ".service",
          fmt::format("{}/{}", kCronDirectory, name)};
}

Result<std::vector<std::string>> calendar_of(const plan::Plan& plan, const std::string& name) {
  const plan::Schedule* schedule = plan.schedule(name);
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
  return compiler::timer_calendar(*rule, schedule->rule, zone, begin);
}

/// What may have units: also a backup that has no schedule any more.
std::vector<runtime::ScheduledRun> runs_of(const plan::Plan& plan) {
  auto runs = runtime::scheduled_runs(plan);
  for (const plan::Backup& backup : plan.backups) {
    if (backup.schedule.empty())
      runs.push_back(
          {.plan_path = {}, .backup = backup.name, .schedule = {}, .host = {}, .calendar = {}});
  }
  return runs;
}

bool is_plain(const runtime::ScheduledRun& run) {
  return run.copy.empty() && run.drill.empty();
}

/// `to` and `drill` in the name of a backup could make two of one name.
Result<void> check_names(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end())
    return {};
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("two timers would have the name `{}`", *twice),
               .hint = "give the backup, copy or drill of one of them another name"};
}

/// What the timers on this machine will be.
class Preparing {
 public:
  Preparing(Session& session, runtime::World& world, const PlanFile& file, const Options& options)
      : session_(session),
        world_(world),
        file_(file),
        options_(options),
        cron_(options.cron || !runtime::systemd_runs(world.files)) {}

  [[nodiscard]] bool cron() const { return cron_; }

  Result<Prepared> prepare() {
    BACKSTAY_TRY(check_host(file_.plan, options_.on_controller ? "" : options_.host));
    std::error_code failed;
    prepared_.path = std::filesystem::canonical(options_.plan, failed).string();
    if (failed) {
      return errno_error(failed.value(), "cannot find `" + options_.plan + "`");
    }
    BACKSTAY_TRY(runtime::check_plan_place(prepared_.path));
    BACKSTAY_ASSIGN(program_, runtime::own_program());
    const auto runs = runtime::scheduled_runs(file_.plan);
    for (const runtime::ScheduledRun& run : runs) {
      if (is_plain(run))
        BACKSTAY_TRY(add(run));
      else
        BACKSTAY_TRY(add_of_host(run));
    }
    BACKSTAY_TRY(check_names(prepared_.names));
    if (runs.empty()) {
      return Error{
          .kind = ErrorKind::Usage,
          .message = fmt::format("nothing of policy `{}` has a schedule", file_.plan.policy),
          .hint = "give the backup a `run SCHEDULE`"};
    }
    if (prepared_.names.empty() && !known_elsewhere_ && !options_.everywhere()) {
      BACKSTAY_ASSIGN(const auto host,
                      runtime::choose_host(*first_, options_.host, runtime::host_name()));
      (void)host;  // it fails: or there were a timer
    }
    return std::move(prepared_);
  }

 private:
  /// A copy or a drill belongs to the host whose store it reads; with --engine that host's own call
  /// makes its timer.
  Result<void> add_of_host(runtime::ScheduledRun run) {
    if (options_.everywhere())
      return {};
    const plan::Backup& backup = *file_.plan.backup(run.backup);
    auto host = runtime::choose_host(backup, options_.host, runtime::host_name());
    if (!host)
      return host_for_all(backup).empty() ? Result<void>(std::move(host).error()) : Result<void>();
    run.host = *std::move(host);
    prepared_.hosts.push_back(run.host);
    return finish(std::move(run));
  }

  /// With the plan's place and the calendar.
  Result<void> finish(runtime::ScheduledRun run) {
    run.plan_path = prepared_.path;
    BACKSTAY_ASSIGN(run.calendar, calendar_of(file_.plan, run.schedule));
    add_files(run, runtime::schedule_name(file_.plan, run));
    return {};
  }

  Result<void> add(runtime::ScheduledRun run) {
    const plan::Backup& backup = *file_.plan.backup(run.backup);
    first_ = first_ == nullptr ? &backup : first_;
    BACKSTAY_ASSIGN(const TimerOf timer, where(backup));
    if (timer.place == TimerPlace::Elsewhere) {
      for (const std::string& path : files_of(runtime::schedule_name(file_.plan, run))) {
        if (runtime::exists(world_.files, path)) {
          prepared_.leftovers.push_back(path);
        }
      }
      if (!timer.host.empty()) {
        known_elsewhere_ = true;
        session_.say(fmt::format("backup {} is run by the timer of {}", backup.name, timer.host));
      }
      return {};
    }
    run.host = timer.host;
    if (timer.place == TimerPlace::HereForAll) {
      BACKSTAY_ASSIGN(const std::string inventory, inventory_of(file_, options_.engine.exported));
      if (!inventory.empty()) {
        BACKSTAY_TRY(runtime::check_plan_place(inventory));
      }
      run.engine = engine_words_of(options_.engine);
    } else {
      prepared_.hosts.push_back(timer.host);
    }
    return finish(std::move(run));
  }

  /// With --engine the parts of single hosts are left to those, this one too if it is among them.
  Result<TimerOf> where(const plan::Backup& backup) {
    const std::string machine = runtime::host_name();
    const std::string for_all = host_for_all(backup);
    if (options_.everywhere() && for_all.empty() && !options_.on_controller) {
      for (const std::string& host : backup.hosts) {
        BACKSTAY_TRY(timer_of(backup, host, machine, false));  // refused before anything is done
      }
      return TimerOf{};
    }
    BACKSTAY_ASSIGN(auto timer, timer_of(backup, options_.host, machine, options_.on_controller));
    if (options_.everywhere() && timer.place == TimerPlace::Elsewhere) {
      return Error{
          .kind = ErrorKind::Refused,
          .message =
              fmt::format("backup {} is run by the timer of {}, and this machine "
                          "is {}",
                          backup.name, timer.host, options_.host.empty() ? machine : options_.host),
          .hint = fmt::format("call `backstay schedule install` on {}, or say --host {} if "
                              "this is it",
                              timer.host, timer.host)};
    }
    return timer;
  }

  void add_files(const runtime::ScheduledRun& run, const std::string& name) {
    prepared_.names.push_back(name);
    if (cron_) {
      prepared_.files.push_back({fmt::format("{}/{}", kCronDirectory, name),
                                 runtime::crontab_line(run, world_.directories, program_)});
      return;
    }
    const auto units = runtime::schedule_units(file_.plan, run, world_.directories, program_);
    const std::string base = runtime::unit_directory() + "/" + name;
    prepared_.files.push_back({base + ".service", units.service});
    prepared_.files.push_back({base + ".timer", units.timer});
  }

  Session& session_;
  runtime::World& world_;
  const PlanFile& file_;
  const Options& options_;
  bool cron_;
  std::string program_;
  Prepared prepared_;
  const plan::Backup* first_ = nullptr;
  bool known_elsewhere_ = false;
};

bool is_there(const Wanted& wanted, runtime::World& world) {
  const auto text = runtime::read_file(world.files, wanted.path);
  return text && *text == wanted.text;
}

Result<void> write_files(Session& session, const Prepared& prepared, runtime::World& world) {
  for (const Wanted& wanted : prepared.files) {
    if (!is_there(wanted, world)) {
      BACKSTAY_TRY(runtime::replace_file(world.files, wanted.path, wanted.text, 0644));
      session.say("wrote " + wanted.path);
    }
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

/// Units and files of cron; a timer is stopped first.
Result<void> remove_files(Session& session,
                          const std::vector<std::string>& paths,
                          runtime::World& world) {
  const bool systemd = runtime::systemd_runs(world.files);
  for (const std::string& path : paths) {
    if (!runtime::exists(world.files, path)) {
      continue;
    }
    if (systemd && path.ends_with(".timer")) {
      runtime::ServiceManager manager(world.commands);
      BACKSTAY_TRY(manager.disable_now(path.substr(path.rfind('/') + 1)));
    }
    if (auto gone = world.files.unlink(path); !gone && gone.error().kind != ErrorKind::NotFound) {
      return gone;
    }
    session.say("removed " + path);
  }
  return systemd && !paths.empty() ? runtime::ServiceManager(world.commands).reload()
                                   : Result<void>();
}

void show_units(Session& session, const Prepared& prepared, runtime::World& world, bool dry_run) {
  for (const Wanted& wanted : prepared.files) {
    session.print(fmt::format("--- {}\n{}", wanted.path, printable(wanted.text)));
  }
  for (const Wanted& wanted : prepared.files) {
    if (dry_run && !is_there(wanted, world)) {
      session.say("would write " + wanted.path);
    }
  }
  for (const std::string& path : prepared.leftovers) {
    if (dry_run) {
      session.say("would remove " + path);
    }
  }
}

Result<void> install_here(Session& session,
                          const PlanFile& file,
                          const Options& options,
                          runtime::World& world) {
  Preparing preparing(session, world, file, options);
  BACKSTAY_ASSIGN(const auto prepared, preparing.prepare());
  show_units(session, prepared, world, options.dry_run);
  if (options.dry_run) {
    session.say("nothing was changed");
    return {};
  }
  for (const std::string& host : prepared.hosts) {
    BACKSTAY_TRY(check_approval(world, file.plan, host));
  }
  BACKSTAY_TRY(write_files(session, prepared, world));
  BACKSTAY_TRY(remove_files(session, prepared.leftovers, world));
  if (!preparing.cron() && !prepared.names.empty()) {
    BACKSTAY_TRY(start_timers(prepared, world));
  }
  for (const std::string& name : prepared.names) {
    session.say(fmt::format("{} is scheduled", name));
  }
  return {};
}

Result<void> install(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  BACKSTAY_TRY(install_here(session, file, options, execution.world()));
  if (!options.everywhere()) {
    return {};
  }
  // Where one timer here runs all hosts, theirs must go: nothing runs twice.
  const std::string operation = options.on_controller ? "remove" : "install";
  BACKSTAY_ASSIGN(const auto answers, schedule_on_hosts(session, execution, file, options.engine,
                                                        operation, options.dry_run));
  show_answers(session, answers, operation);
  return {};
}

Result<void> remove(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  for (const runtime::ScheduledRun& run : runs_of(file.plan)) {
    const std::string name = runtime::schedule_name(file.plan, run);
    BACKSTAY_TRY(remove_files(session, files_of(name), execution.world()));
    session.say(fmt::format("{} is not scheduled any more", name));
  }
  if (options.everywhere()) {
    BACKSTAY_ASSIGN(const auto answers,
                    schedule_on_hosts(session, execution, file, options.engine, "remove", false));
    show_answers(session, answers, "remove");
  }
  return {};
}

// --- list ----------------------------------------------------------------------------------------

struct Line {
  std::string host, backup = {}, rule = {}, by, next = {}, next_at = {}, last = {}, outcome = {};
};

/// Whether a report is of what these units run.
bool is_of(const runtime::PastRun& past, const plan::Plan& plan, const runtime::ScheduledRun& run) {
  if (past.policy != plan.policy)
    return false;
  if (!run.drill.empty())
    return past.what == "drill" && past.drill == run.drill;
  return past.what == (run.copy.empty() ? "backup" : "copy") && past.backup == run.backup &&
         past.copy == run.copy;
}

/// Empty: nobody.
std::string scheduled_by(const std::string& name, runtime::World& world) {
  if (runtime::exists(world.files, runtime::unit_directory() + "/" + name + ".timer")) {
    const auto active = runtime::ServiceManager(world.commands).is_active(name + ".timer");
    return active && *active ? name + ".timer" : name + ".timer (not active)";
  }
  const std::string cron = fmt::format("{}/{}", kCronDirectory, name);
  return runtime::exists(world.files, cron) ? cron : "";
}

bool runs_all_from_here(const std::string& name, runtime::World& world) {
  for (const std::string& path : files_of(name)) {
    const auto text = runtime::read_file(world.files, path);
    if (text && text->find("--engine") != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// The backups that this machine has to do with: with `--host` those of that host, with `--engine`
/// those that it runs on all hosts.
class Listing {
 public:
  Listing(const plan::Plan& plan, const Options& options, runtime::World& world)
      : plan_(plan), options_(options), world_(world) {}

  Result<std::vector<Line>> lines() {
    BACKSTAY_TRY(check_host(plan_, options_.host));
    BACKSTAY_ASSIGN(own_runs_, runtime::read_past_runs(world_.files, world_.directories.state));
    sets_ = past_sets(world_);
    std::vector<Line> lines;
    for (const runtime::ScheduledRun& run : runs_of(plan_)) {
      if (auto line = line_of(run)) {
        lines.push_back(*std::move(line));
      }
    }
    return lines;
  }

 private:
  std::optional<Line> line_of(const runtime::ScheduledRun& run) {
    const plan::Backup& backup = *plan_.backup(run.backup);
    const std::string name = runtime::schedule_name(plan_, run);
    const std::string for_all = is_plain(run) ? host_for_all(backup) : std::string();
    const std::string by = scheduled_by(name, world_);
    const bool all = !for_all.empty() || runs_all_from_here(name, world_);
    const bool covers =
        std::find(backup.hosts.begin(), backup.hosts.end(), options_.host) != backup.hosts.end();
    const bool of_host = by.empty() ? covers && !all : true;
    if ((options_.everywhere() && !all) ||
        (!options_.everywhere() && !options_.host.empty() && !of_host)) {
      return std::nullopt;
    }
    const plan::Schedule* schedule = plan_.schedule(run.schedule);
    const auto next = next_run_of(plan_, run.schedule, world_.clock.now());
    Line line{.host = all ? "all hosts" : options_.host,
              .backup = is_plain(run) ? backup.name : to_string(run),
              .rule = schedule == nullptr ? "only by hand" : schedule->rule,
              .by = !by.empty() ? by
                    : for_all.empty() || for_all == runtime::host_name()
                        ? "nobody"
                        : "the timer of " + for_all,
              .next = next.text,
              .next_at = next.at,
              .last = {},
              .outcome = "never ran"};
    for (const runtime::PastRun& past : all ? sets_ : own_runs_) {
      if (is_of(past, plan_, run)) {
        line.last = past.started;
        line.outcome = past.begun ? past.status : "did not begin";
        break;  // newest first
      }
    }
    return line;
  }

  const plan::Plan& plan_;
  const Options& options_;
  runtime::World& world_;
  std::vector<runtime::PastRun> own_runs_;
  std::vector<runtime::PastRun> sets_;
};

/// What the hosts listed; one that did not answer is a line, too.
void add_answers(const std::vector<HostAnswer>& answers, std::vector<Line>& lines) {
  for (const HostAnswer& answer : answers) {
    const auto report = nlohmann::ordered_json::parse(answer.report, nullptr, false);
    const auto schedules = report.is_object() ? report.find("schedules") : report.end();
    if (schedules == report.end() || !schedules->is_array()) {
      lines.push_back({.host = answer.host, .by = answer.reached ? "?" : "no answer"});
      continue;
    }
    for (const auto& one : *schedules) {
      const auto text = [&one](const char* key) { return one.value(key, std::string()); };
      lines.push_back({.host = answer.host,
                       .backup = text("backup"),
                       .rule = text("schedule"),
                       .by = text("run_by"),
                       .next = text("next"),
                       .next_at = text("next"),
                       .last = text("last"),
                       .outcome = text("outcome")});
    }
  }
}

std::string as_text(const std::vector<Line>& lines, bool everywhere) {
  std::vector<std::vector<std::string>> rows = {
      {"BACKUP", "SCHEDULE", "RUN BY", "NEXT", "LAST", "OUTCOME"}};
  for (const Line& line : lines) {
    rows.push_back({line.backup, line.rule, line.by, line.next, line.last, line.outcome});
  }
  for (std::size_t at = 0; everywhere && at < rows.size(); ++at) {
    rows[at].insert(rows[at].begin(), at == 0 ? "HOST" : lines[at - 1].host);
  }
  return render_table(rows);
}

std::string as_json(const std::vector<Line>& lines) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Line& line : lines) {
    list.push_back({{"host", line.host},
                    {"backup", line.backup},
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

Result<void> list(Session& session, const Options& options) {
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  BACKSTAY_ASSIGN(auto lines, Listing(file.plan, options, execution.world()).lines());
  std::vector<HostAnswer> answers;
  if (options.everywhere()) {
    BACKSTAY_ASSIGN(answers,
                    schedule_on_hosts(session, execution, file, options.engine, "list", false));
    add_answers(answers, lines);
  }
  session.print(options.format == "json" ? as_json(lines) : as_text(lines, options.everywhere()));
  const auto answered = [](const HostAnswer& one) { return one.reached && one.exit == 0; };
  if (!std::all_of(answers.begin(), answers.end(), answered)) {
    session.fail(ExitCode::Partial, "not every host told of its timers");
  }
  return {};
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  const auto told = [options, &session](Result<void> (*does)(Session&, const Options&)) {
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
