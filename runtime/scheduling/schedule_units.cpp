#include "runtime/scheduling/schedule_units.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lang/base/units.hpp"
#include "runtime/recover/guard.hpp"

namespace backstay::runtime {
namespace {

/// A word of a command line in a unit (systemd.service(5)).
std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char letter : word) {
    if (letter == '%' || letter == '$') {
      text += letter;
    } else if (letter == '"' || letter == '\\') {
      text += '\\';
    }
    text += letter;
  }
  return text + "\"";
}

std::vector<std::string> command_of(const ScheduledRun& run,
                                    const Directories& directories,
                                    const std::string& program) {
  auto words = same_installation(directories, program);
  if (!run.drill.empty()) {
    words.insert(words.end(),
                 {"drill", run.plan_path, "--drill", run.drill, "--host", run.host, "--if-due"});
    return words;
  }
  words.insert(words.end(), {"run", run.plan_path, "--backup", run.backup});
  if (!run.copy.empty())
    words.insert(words.end(), {"--copy", run.copy});
  if (run.engine.empty()) {
    words.insert(words.end(), {"--host", run.host});
  }
  words.insert(words.end(), run.engine.begin(), run.engine.end());
  words.insert(words.end(), {"--if-due", "--then-prune", "--lock-timeout", "1h"});
  return words;
}

bool runs_commands(const plan::Backup& backup) {
  return std::any_of(backup.backup.begin(), backup.backup.end(), [](const plan::Step& step) {
    return std::holds_alternative<plan::RunCommand>(step.action) ||
           std::holds_alternative<plan::CaptureOutput>(step.action);
  });
}

const plan::Notify* told_by(const plan::Plan& plan, const plan::Backup& backup) {
  const auto named = [&](const plan::Notify& one) { return one.name == backup.notify; };
  const auto found = std::find_if(plan.notifies.begin(), plan.notifies.end(), named);
  return found == plan.notifies.end() ? nullptr : &*found;
}

/// Credentials of systemd that the plan names: from /etc/credstore and its like, or from where a
/// drop-in of the operator says (systemd.exec(5), LoadCredential; one that is nowhere is no failure
/// here, but where it is read).
std::string credentials_of(const plan::Plan& plan) {
  std::string text;
  for (const plan::Secret& secret : plan.secrets) {
    if (!secret.credential.empty())
      text += "LoadCredential=" + secret.credential + "\n";
  }
  return text;
}

/// The directories of the targets that the backup writes to on its host.
std::set<std::string> places_of(const plan::Plan& plan,
                                const plan::Backup& backup,
                                const std::string& host) {
  std::set<std::string> names = {backup.target};
  for (const plan::Copy& copy : backup.copies) {
    names.insert(copy.target);
  }
  std::set<std::string> places;
  for (const std::string& name : names) {
    const plan::Target* target = plan.target(name);
    if (target != nullptr && target->kind == "directory" &&
        (target->host.empty() || target->host == host)) {
      places.insert(target->path);
    }
  }
  return places;
}

/// A path in a list of a unit file: `-` where it may be absent, `%` begins a specifier.
std::string in_list(const std::string& path) {
  std::string text;
  for (const char letter : path) {
    text += letter == '%' ? std::string("%%") : std::string(1, letter);
  }
  return "\"-" + text + "\"";
}

bool reads_below_tmp(const plan::Backup& backup) {
  return std::any_of(backup.backup.begin(), backup.backup.end(), [](const plan::Step& step) {
    const auto* files = std::get_if<plan::ArchiveFiles>(&step.action);
    const auto* sqlite = std::get_if<plan::CopySqlite>(&step.action);
    const std::string path = files != nullptr    ? files->path
                             : sqlite != nullptr ? sqlite->path
                                                 : std::string();
    return path.starts_with("/tmp") || path.starts_with("/var/tmp");
  });
}

/// What every run can do without. Capabilities: to read and stat everything, to give the store's
/// files away to nobody, to become a database's account, to end its children.
constexpr const char* kHardening =
    "NoNewPrivileges=yes\n"
    "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_FOWNER CAP_CHOWN CAP_SETUID "
    "CAP_SETGID CAP_KILL\n"
    "PrivateDevices=yes\n"
    "ProtectClock=yes\n"
    "ProtectHostname=yes\n"
    "ProtectKernelTunables=yes\n"
    "ProtectKernelModules=yes\n"
    "ProtectKernelLogs=yes\n"
    "ProtectControlGroups=yes\n"
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
    "RestrictNamespaces=yes\n"
    "RestrictRealtime=yes\n"
    "RestrictSUIDSGID=yes\n"
    "LockPersonality=yes\n"
    "SystemCallArchitectures=native\n"
    "SystemCallFilter=@system-service\n"
    "SystemCallErrorNumber=EPERM\n"
    "KeyringMode=private\n"
    "UMask=0077\n";

/// What a restore and the servers of a drill can do without; RestrictSUIDSGID is not among it: it
/// takes openat2 away, by which a restore stays inside its sandbox.
constexpr const char* kDrillHardening =
    "NoNewPrivileges=yes\n"
    "PrivateDevices=yes\n"
    "ProtectClock=yes\n"
    "ProtectHostname=yes\n"
    "ProtectKernelTunables=yes\n"
    "ProtectKernelModules=yes\n"
    "ProtectKernelLogs=yes\n"
    "ProtectControlGroups=yes\n"
    "ProtectSystem=full\n"
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
    "RestrictRealtime=yes\n"
    "SystemCallArchitectures=native\n"
    "KeyringMode=private\n"
    "UMask=0077\n";

std::string hardening_of(const plan::Plan& plan,
                         const plan::Backup& backup,
                         const ScheduledRun& run,
                         const Directories& directories) {
  // A drill starts servers under accounts of theirs, in a sandbox below /var/tmp.
  if (!run.drill.empty())
    return kDrillHardening;
  std::string text = kHardening;
  // Ansible and ssh keep their files in the home of who runs them; here nothing is read or stored.
  if (!run.engine.empty()) {
    return text + "PrivateTmp=yes\nProtectSystem=full\n";
  }
  text += "ProtectHome=read-only\n";
  if (!reads_below_tmp(backup)) {
    text += "PrivateTmp=yes\n";
  }
  // A hook is the operator's, and may write where his service does. A copy runs none. So is the
  // command that tells how it ended, which a copy runs, too.
  const plan::Notify* notify = told_by(plan, backup);
  if ((run.copy.empty() && runs_commands(backup)) ||
      (notify != nullptr && !notify->command.empty())) {
    return text + "ProtectSystem=full\n";
  }
  text += "ProtectSystem=strict\nMemoryDenyWriteExecute=yes\nReadWritePaths=" +
          in_list(directories.state) + " " + in_list(directories.locks);
  // The queue and the log of whatever stands behind `sendmail`.
  if (notify != nullptr && !notify->mail.empty()) {
    text += " " + in_list("/var/spool") + " " + in_list("/var/log");
  }
  for (const std::string& place : places_of(plan, backup, run.host)) {
    text += " " + in_list(place);
  }
  return text + "\n";
}

std::string service_text(const plan::Plan& plan,
                         const plan::Backup& backup,
                         const ScheduledRun& run,
                         const Directories& directories,
                         const std::string& program) {
  std::string command;
  for (const std::string& word : command_of(run, directories, program)) {
    command += (command.empty() ? "" : " ") + quoted(word);
  }
  std::string mounts;
  const auto places =
      run.engine.empty() ? places_of(plan, backup, run.host) : std::set<std::string>();
  for (const std::string& place : places) {
    mounts += "RequiresMountsFor=" + in_list(place).replace(1, 1, "") + "\n";
  }
  const bool usual = directories.state == "/var/lib/backstay";
  return fmt::format(
      "# Written by `backstay schedule install`; `backstay schedule remove` takes it away.\n"
      "[Unit]\n"
      "Description=Backstay: {9} of policy {1}\n"
      "After=network-online.target {2}\n"
      "Wants=network-online.target\n"
      "{3}"
      "\n"
      "[Service]\n"
      "Type=oneshot\n"
      "NotifyAccess=main\n"
      "ExecStart={4}\n"
      "SuccessExitStatus=0\n"
      "KillMode=mixed\n"
      "TimeoutStopSec=10min\n"
      "Nice=10\n"
      "IOSchedulingPriority=7\n"
      "{5}"
      "{6}"
      "\n"
      "[X-Backstay]\n"
      "Plan={7}\n"
      "Policy={1}\n"
      "Backup={0}\n"
      "Host={8}\n",
      backup.name, plan.policy, boot_unit(directories, program).name, mounts, command,
      usual ? "StateDirectory=backstay\nRuntimeDirectory=backstay\nRuntimeDirectoryPreserve=yes\n"
            : "",
      credentials_of(plan) + hardening_of(plan, backup, run, directories), run.plan_path, run.host,
      to_string(run));
}

std::string timer_text(const plan::Plan& plan, const ScheduledRun& run) {
  std::string lines;
  for (const std::string& line : run.calendar) {
    lines += "OnCalendar=" + line + "\n";
  }
  const plan::Schedule* schedule = plan.schedule(run.schedule);
  const auto jitter = schedule == nullptr ? std::nullopt : parse_duration(schedule->jitter);
  if (jitter && jitter->seconds > 0) {
    lines += fmt::format("RandomizedDelaySec={}s\nFixedRandomDelay=yes\n", jitter->seconds);
  }
  return fmt::format(
      "# Written by `backstay schedule install`: {} ({})\n"
      "[Unit]\n"
      "Description=When {} of policy {} runs\n"
      "\n"
      "[Timer]\n"
      "{}"
      "AccuracySec=1s\n"
      "Persistent=yes\n"
      "\n"
      "[Install]\n"
      "WantedBy=timers.target\n",
      schedule == nullptr ? "" : schedule->rule, plan.zone, to_string(run), plan.policy, lines);
}

bool only_root_writes(const std::string& path) {
  struct stat found {};

  // A directory with the sticky bit lets nobody replace what is root's.
  return ::stat(path.c_str(), &found) == 0 && found.st_uid == 0 &&
         ((found.st_mode & 0022U) == 0 ||
          (S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0));
}

}  // namespace

std::string schedule_name(const plan::Plan& plan, const ScheduledRun& run) {
  if (!run.drill.empty())
    return fmt::format("backstay-{}-drill-{}", plan.policy, run.drill);
  return fmt::format("backstay-{}-{}{}", plan.policy, run.backup,
                     run.copy.empty() ? "" : "-to-" + run.copy);
}

std::string to_string(const ScheduledRun& run) {
  if (!run.drill.empty())
    return "drill " + run.drill;
  return "backup " + run.backup + (run.copy.empty() ? "" : " to " + run.copy);
}

std::vector<ScheduledRun> scheduled_runs(const plan::Plan& plan) {
  std::vector<ScheduledRun> runs;
  const auto add = [&](ScheduledRun run) {
    if (!run.schedule.empty())
      runs.push_back(std::move(run));
  };
  for (const plan::Backup& backup : plan.backups)
    add({.plan_path = {},
         .backup = backup.name,
         .schedule = backup.schedule,
         .host = {},
         .calendar = {}});
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Copy& copy : backup.copies)
      add({.plan_path = {},
           .backup = backup.name,
           .copy = copy.target,
           .schedule = copy.schedule,
           .host = {},
           .calendar = {}});
  }
  for (const plan::Drill& drill : plan.drills) {
    const auto backup =
        std::find_if(plan.backups.begin(), plan.backups.end(), [&](const auto& one) {
          return one.target == drill.target ||
                 std::any_of(one.copies.begin(), one.copies.end(),
                             [&](const plan::Copy& copy) { return copy.target == drill.target; });
        });
    if (backup != plan.backups.end())
      add({.plan_path = {},
           .backup = backup->name,
           .drill = drill.name,
           .schedule = drill.schedule,
           .host = {},
           .calendar = {}});
  }
  return runs;
}

ScheduleUnits schedule_units(const plan::Plan& plan,
                             const ScheduledRun& run,
                             const Directories& directories,
                             const std::string& program) {
  const plan::Backup* backup = plan.backup(run.backup);
  BACKSTAY_CHECK(backup != nullptr, "the caller has chosen a backup of the plan");
  return {.name = schedule_name(plan, run),
          .service = service_text(plan, *backup, run, directories, program),
          .timer = timer_text(plan, run)};
}

std::string crontab_line(const plan::Plan& plan,
                         const ScheduledRun& run,
                         const Directories& directories,
                         const std::string& program) {
  std::string command;
  for (const std::string& word : command_of(run, directories, program)) {
    std::string safe = "'";
    for (const char letter : word) {
      safe += letter == '\'' ? "'\\''" : letter == '%' ? "\\%" : std::string(1, letter);
    }
    command += " " + safe + "'";
  }
  return fmt::format(
      "# Written by `backstay schedule install`: {} of policy {}\n"
      "*/5 * * * * root{} --quiet\n",
      to_string(run), plan.policy, command);
}

Result<void> check_plan_place(const std::string& path) {
  for (std::string at = path; !at.empty(); at.resize(at.find_last_of('/'))) {
    if (!only_root_writes(at)) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("the plan `{}` is not scheduled: `{}` can be changed by "
                                          "others than root",
                                          path, at),
                   .hint = "put it where only root writes: /etc/backstay"};
    }
  }
  return {};
}

}  // namespace backstay::runtime
