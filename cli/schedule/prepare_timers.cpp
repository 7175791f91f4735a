#include "cli/schedule/prepare_timers.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "cli/ansible_export.hpp"
#include "cli/plan_host.hpp"
#include "cli/timer_place.hpp"
#include "compiler/calendar/timer_calendar.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/scheduling/timer_hosts.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::cli {
namespace {

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
  return compiler::timer_calendar(*rule, zone, begin);
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
  Preparing(Session& session,
            runtime::World& world,
            const PlanFile& file,
            const ScheduleOptions& options)
      : session_(session), world_(world), file_(file), options_(options) {
    prepared_.cron = options.cron || !runtime::systemd_runs(world.files);
  }

  Result<PreparedTimers> prepare() {
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
    BACKSTAY_TRY(look_for_leftovers());
    if (runs.empty()) {
      return Error{
          .kind = ErrorKind::Usage,
          .message = fmt::format("nothing of policy `{}` has a schedule", file_.plan.policy),
          .hint = prepared_.leftovers.empty()
                      ? "give the backup a `run SCHEDULE`"
                      : "take the timers away that it had: `backstay schedule remove PLAN`"};
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
    const auto owners = runtime::hosts_of(file_.plan, run);
    const std::string here = options_.host.empty() ? runtime::host_name() : options_.host;
    const bool alone = options_.host.empty() && owners == backup.hosts && owners.size() == 1;
    if (!alone && std::find(owners.begin(), owners.end(), here) == owners.end()) {
      known_elsewhere_ = known_elsewhere_ || !options_.host.empty();
      add_leftovers(runtime::schedule_name(file_.plan, run),
                    fmt::format("{} has no timer on this machine", to_string(run)));
      return {};
    }
    run.host = alone ? owners.front() : here;
    prepared_.hosts.push_back(run.host);
    return finish(std::move(run));
  }

  /// What is there for a name and not to be written.
  void add_leftovers(const std::string& name, const std::string& because) {
    for (const std::string& path : files_of_timer(name)) {
      const bool wanted = std::any_of(prepared_.files.begin(), prepared_.files.end(),
                                      [&](const TimerFile& file) { return file.path == path; });
      if (!wanted && runtime::exists(world_.files, path))
        prepared_.leftovers.push_back({path, because});
    }
  }

  /// What the policy had once, and the other kind of what it has.
  Result<void> look_for_leftovers() {
    for (const std::string& name : prepared_.names)
      add_leftovers(name,
                    prepared_.cron ? "cron runs it from now on" : "systemd runs it from now on");
    BACKSTAY_ASSIGN(const auto forgotten, forgotten_timers(world_, file_.plan));
    for (const runtime::InstalledTimer& timer : forgotten) {
      for (const std::string& path : timer.paths)
        prepared_.leftovers.push_back(
            {path, fmt::format("the plan has no schedule for {} any more", timer.runs)});
    }
    return {};
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
      add_leftovers(runtime::schedule_name(file_.plan, run),
                    fmt::format("{} has no timer on this machine", to_string(run)));
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
    if (prepared_.cron) {
      prepared_.files.push_back(
          {cron_file_of(name),
           runtime::crontab_line(file_.plan, run, world_.directories, program_)});
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
  const ScheduleOptions& options_;
  std::string program_;
  PreparedTimers prepared_;
  const plan::Backup* first_ = nullptr;
  bool known_elsewhere_ = false;
};

}  // namespace

std::vector<runtime::ScheduledRun> runs_of(const plan::Plan& plan) {
  auto runs = runtime::scheduled_runs(plan);
  for (const plan::Backup& backup : plan.backups) {
    if (backup.schedule.empty())
      runs.push_back(
          {.plan_path = {}, .backup = backup.name, .schedule = {}, .host = {}, .calendar = {}});
  }
  return runs;
}

Result<std::vector<runtime::InstalledTimer>> forgotten_timers(runtime::World& world,
                                                              const plan::Plan& plan) {
  BACKSTAY_ASSIGN(auto timers, runtime::installed_timers(world, plan.policy));
  for (const runtime::ScheduledRun& run : runtime::scheduled_runs(plan)) {
    const std::string name = runtime::schedule_name(plan, run);
    std::erase_if(timers, [&](const auto& timer) { return timer.name == name; });
  }
  return timers;
}

bool is_plain(const runtime::ScheduledRun& run) {
  return run.copy.empty() && run.drill.empty();
}

Result<PreparedTimers> prepare_timers(Session& session,
                                      runtime::World& world,
                                      const PlanFile& file,
                                      const ScheduleOptions& options) {
  return Preparing(session, world, file, options).prepare();
}

}  // namespace backstay::cli
