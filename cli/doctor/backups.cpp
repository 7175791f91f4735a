// Each backup of this host: would it run now, does something start it, what do its points promise.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/doctor/doctor.hpp"
#include "cli/render/next_run.hpp"
#include "cli/schedule/prepare_timers.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/scheduling/schedule_units.hpp"
#include "runtime/status/backup_status.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::cli {
namespace {

/// A look at a run tells of nothing while it goes on.
class Silence final : public runtime::Events {
 public:
  void step(std::string_view, runtime::StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view) override {}
};

// What a dry run says: sources that are not there, lists that cannot be read, a full disk.
void look_at_dry_run(DoctorCall& call,
                     const plan::Plan& plan,
                     const plan::Backup& backup,
                     const std::string& host) {
  Silence events;
  const auto preview = runtime::preview_backup(
      call.world, plan, {.backup = backup.name, .host = host}, events, call.stop);
  if (!preview) {
    call.add_error("sources", preview.error());
    return;
  }
  bool sound = true;
  if (preview->refusal) {
    call.add_error("sources", *preview->refusal,
                   preview->refusal->hint.empty() ? "backstay run PLAN --dry-run" : "");
    sound = false;
  }
  for (const runtime::StepPreview& step : preview->steps) {
    for (const runtime::PreviewLine& line : step.lines) {
      if (line.problem) {
        call.add("sources", Health::Problem, step.id + ": " + line.text,
                 "backstay run PLAN --dry-run");
        sound = false;
      }
    }
  }
  if (sound) {
    call.add("sources", Health::Ok, fmt::format("backup {}: a run could start now", backup.name));
  }
}

std::string mend_of(const runtime::BackupStatus& status,
                    const std::string& problem,
                    const plan::Backup& backup) {
  const auto& of_drills = status.drills.problems;
  if (std::find(of_drills.begin(), of_drills.end(), problem) != of_drills.end()) {
    return "backstay drill PLAN";
  }
  const bool of_older = problem.find("did not pass a verification") != std::string::npos ||
                        problem.find("a manifest that cannot be read") != std::string::npos;
  return of_older ? "backstay verify PLAN --level 2" : "backstay run PLAN --backup " + backup.name;
}

void look_at_points(DoctorCall& call,
                    const plan::Plan& plan,
                    const plan::Backup& backup,
                    const std::string& host) {
  const auto now = call.world.clock.now();
  const auto statuses = runtime::assess_backups(call.world.files, call.world.directories, plan,
                                                {.backup = backup.name, .host = host}, now);
  if (!statuses) {
    call.add_error("points", statuses.error());
    return;
  }
  for (const runtime::BackupStatus& status : *statuses) {
    for (const std::string& problem : status.problems) {
      call.add("points", Health::Problem, fmt::format("backup {}: {}", backup.name, problem),
               mend_of(status, problem, backup));
    }
    if (status.safe()) {
      call.add("points", Health::Ok,
               fmt::format("backup {}: {} complete, and what was promised is kept", backup.name,
                           status.points));
    }
    if (const auto begun =
            status.newest ? runtime::from_rfc3339(status.newest->started) : std::nullopt;
        begun && *begun > now + std::chrono::minutes(5)) {
      call.add(
          "clock", Health::Problem,
          "the newest point is of the future: the clock was set back, or was wrong when it ran",
          "set the clock right; until then retention removes nothing");
    }
    if (!status.drills.proven) {
      call.add("drills", Health::Warning,
               fmt::format("backup {}: no restore of it was ever proven", backup.name),
               plan.drills.empty() ? "in the policy: drill practice { restore all services from " +
                                         backup.target + " into sandbox }"
                                   : "backstay drill PLAN");
    } else {
      call.add("drills", Health::Ok,
               fmt::format("backup {}: a restore was proven {}", backup.name,
                           status.drills.proven->finished));
    }
    if (status.last_run && !status.last_run->failure.empty()) {
      call.add("runs", Health::Problem,
               fmt::format("backup {}: the last run ended as {}; `backstay logs {}` says why",
                           backup.name, status.last_run->status, status.last_run->run_id),
               "backstay run PLAN --backup " + backup.name);
    }
  }
}

void look_at_timer(DoctorCall& call, const plan::Plan& plan, const runtime::ScheduledRun& run) {
  const std::string name = runtime::schedule_name(plan, run);
  const std::string timer = name + ".timer";
  if (runtime::exists(call.world.files, "/etc/cron.d/" + name)) {
    call.add("timers", Health::Ok,
             fmt::format("{}: started by /etc/cron.d/{}", to_string(run), name));
    return;
  }
  if (!runtime::exists(call.world.files, runtime::unit_directory() + "/" + timer)) {
    call.add("timers", Health::Problem, fmt::format("{}: nothing starts it", to_string(run)),
             "backstay schedule install PLAN");
    return;
  }
  if (!runtime::systemd_runs(call.world.files)) {
    call.add("timers", Health::Warning, fmt::format("{} is installed, but no systemd runs", timer),
             "backstay schedule install PLAN --cron");
    return;
  }
  const auto active = runtime::ServiceManager(call.world.commands).is_active(timer);
  const bool works = active && *active;
  call.add("timers", works ? Health::Ok : Health::Problem,
           fmt::format("{} is {}active", timer, works ? "" : "installed, but not "),
           works ? "" : "systemctl enable --now " + timer);
}

// A timer of a copy or a drill that the policy had once still runs what it was told then.
void look_at_forgotten(DoctorCall& call, const plan::Plan& plan) {
  const auto forgotten = forgotten_timers(call.world, plan);
  if (!forgotten) {
    call.add_error("timers", forgotten.error());
    return;
  }
  for (const runtime::InstalledTimer& timer : *forgotten) {
    call.add("timers", Health::Problem,
             fmt::format("{} stands here for {}, which has no schedule in this plan", timer.name,
                         timer.runs),
             "backstay schedule install PLAN");
  }
}

}  // namespace

void look_at_backups(DoctorCall& call, const PlanFile& file) {
  look_at_forgotten(call, file.plan);
  if (::geteuid() != 0) {
    call.add("privileges", Health::Warning,
             "this is not root: files, logins and stores of root look as if they were missing",
             "sudo backstay doctor PLAN");
  }
  if (const auto safe = runtime::check_plan_place(file.name); !safe) {
    Error error = safe.error();
    const bool in_place = file.name.starts_with("/etc/backstay/");
    call.add("privileges", Health::Warning, error.message + " (" + error.hint + ")",
             in_place ? "chown root: /etc/backstay PLAN && chmod go-w /etc/backstay PLAN"
                      : "install -D --mode=0644 --target-directory=/etc/backstay PLAN");
  }
  const auto timers = runtime::scheduled_runs(file.plan);
  std::size_t here = 0;
  for (const plan::Backup& backup : file.plan.backups) {
    const auto host = runtime::choose_host(backup, "", runtime::host_name());
    if (!host) {
      continue;
    }
    ++here;
    look_at_dry_run(call, file.plan, backup, *host);
    look_at_points(call, file.plan, backup, *host);
    look_at_restore_room(call, file.plan, backup, *host);
    for (const runtime::ScheduledRun& run : timers) {
      if (run.backup == backup.name)
        look_at_timer(call, file.plan, run);
    }
  }
  if (here == 0) {
    call.add("sources", Health::Warning, "no backup of this plan is of this host",
             "run it on the hosts that `backstay show PLAN` names");
  }
}

}  // namespace backstay::cli
