#include "cli/schedule/timer_files.hpp"

#include <fmt/format.h>

#include "runtime/recover/guard.hpp"
#include "runtime/scheduling/schedule_units.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::cli {

std::vector<std::string> files_of_timer(const std::string& name) {
  return {runtime::unit_directory() + "/" + name + ".timer",
          runtime::unit_directory() + "/" + name + ".service", cron_file_of(name)};
}

std::string cron_file_of(const std::string& name) {
  return fmt::format("{}/{}", runtime::kCronDirectory, name);
}

bool is_there(const TimerFile& wanted, runtime::World& world) {
  const auto text = runtime::read_file(world.files, wanted.path);
  return text && *text == wanted.text;
}

Result<void> write_timer_files(Session& session,
                               const std::vector<TimerFile>& files,
                               runtime::World& world) {
  for (const TimerFile& wanted : files) {
    if (!is_there(wanted, world)) {
      BACKSTAY_TRY(runtime::replace_file(world.files, wanted.path, wanted.text, 0644));
      session.say("wrote " + wanted.path);
    }
  }
  return {};
}

Result<void> start_timers(const std::vector<std::string>& names, runtime::World& world) {
  BACKSTAY_TRY(runtime::make_directories(world.files, world.directories.state, 0700));
  BACKSTAY_TRY(runtime::install_boot_unit(world));
  runtime::ServiceManager manager(world.commands);
  BACKSTAY_TRY(manager.reload());
  for (const std::string& name : names) {
    BACKSTAY_TRY(manager.enable_now(name + ".timer"));
  }
  return {};
}

Result<void> remove_timer_files(Session& session,
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

std::string scheduled_by(const std::string& name, runtime::World& world) {
  if (runtime::exists(world.files, runtime::unit_directory() + "/" + name + ".timer")) {
    const auto active = runtime::ServiceManager(world.commands).is_active(name + ".timer");
    return active && *active ? name + ".timer" : name + ".timer (not active)";
  }
  const std::string cron = cron_file_of(name);
  return runtime::exists(world.files, cron) ? cron : "";
}

bool runs_all_from_here(const std::string& name, runtime::World& world) {
  for (const std::string& path : files_of_timer(name)) {
    const auto text = runtime::read_file(world.files, path);
    if (text && text->find("--engine") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace backstay::cli
