#include "runtime/system/service_manager.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace backstay::runtime {

bool systemd_runs(Filesystem& files) {
#ifdef BACKSTAY_FAILPOINTS
  // Tests put a systemctl of their own here, on machines that no systemd booted.
  if (const char* directory = std::getenv("BACKSTAY_TEST_PROGRAMS");
      directory != nullptr && exists(files, std::string(directory) + "/systemctl")) {
    return true;
  }
#endif
  return exists(files, "/run/systemd/system");
}

// `show` answers for unknown units too, and exits 0: systemctl(1).
Result<bool> ServiceManager::is_active(const std::string& unit) {
  BACKSTAY_ASSIGN(const std::string program, find_program("systemctl"));
  Command command;
  command.program = program;
  command.arguments = {"show", "--property=ActiveState", "--", unit};
  BACKSTAY_ASSIGN(const Exit exit, runner_.run(command, stop_));
  if (!exit.ok()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`systemctl show {}`: {}", unit, describe(exit)),
                 .hint = exit.errors};
  }
  const std::string& answer = exit.output;
  for (const char* state :
       {"ActiveState=active", "ActiveState=activating", "ActiveState=reloading"}) {
    if (answer.find(state) != std::string::npos) {
      return true;
    }
  }
  return false;
}

Result<void> ServiceManager::ask(const std::string& verb, const std::string& unit) {
  BACKSTAY_ASSIGN(const std::string program, find_program("systemctl"));
  Command command;
  command.program = program;
  command.arguments = {verb, "--", unit};
  BACKSTAY_ASSIGN(const Exit exit, runner_.run(command, stop_));
  if (!exit.ok()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`systemctl {} {}`: {}{}{}", verb, unit, describe(exit),
                                        exit.errors.empty() ? "" : ": ", exit.errors),
                 .hint = fmt::format("see `systemctl status {}`", unit)};
  }
  return {};
}

}  // namespace backstay::runtime
