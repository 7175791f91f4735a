#include "runtime/recover/guard.hpp"

#include <fmt/format.h>

#include "lang/base/sha256.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kUsualConfig = "/etc/backstay";
constexpr const char* kUsualState = "/var/lib/backstay";
constexpr int kSeconds = 10;

std::string timer_of(const std::string& run_id) {
  return "backstay-recover-" + run_id;
}

Result<void> run_tool(World& world, const std::string& name, std::vector<std::string> arguments) {
  Command command{.arguments = std::move(arguments), .deadline = std::chrono::seconds(90)};
  BACKSTAY_ASSIGN(command.program, find_program(name));
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(command, {}));
  if (!exit.ok()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`{}`: {}{}{}", name, describe(exit),
                                        exit.errors.empty() ? "" : ": ", exit.errors)};
  }
  return {};
}

Result<void> start_timer(World& world, const std::string& run_id) {
  BACKSTAY_ASSIGN(const auto program, own_program());
  std::vector<std::string> arguments = {
      "--quiet",
      "--collect",
      "--unit=" + timer_of(run_id),
      "--description=Put right what Backstay run " + run_id + " leaves if it dies",
      fmt::format("--on-active={}", kSeconds),
      fmt::format("--timer-property=OnUnitInactiveSec={}", kSeconds),
      "--timer-property=AccuracySec=1",
      "--property=Type=oneshot",
      "--property=LogLevelMax=notice",  // each look is no news
      "--"};
  for (std::string& word : same_installation(world.directories, program)) {
    arguments.push_back(std::move(word));
  }
  arguments.insert(arguments.end(), {"recover", "--run", run_id});
  return run_tool(world, "systemd-run", std::move(arguments));
}

Result<void> arm(World& world, const std::string& run_id) {
  auto armed = install_boot_unit(world);
  if (armed) {
    armed = start_timer(world, run_id);
  }
  return armed ? armed
               : std::move(armed).error().while_doing(
                     "making sure that what is stopped starts again");
}

/// A word of a command line in a unit file (systemd.service(5)).
std::string unit_word(const std::string& word) {
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

}  // namespace

std::vector<std::string> same_installation(const Directories& directories,
                                           const std::string& program) {
  std::vector<std::string> words = {program};
  if (directories.config != kUsualConfig) {
    words.insert(words.end(), {"--config-dir", directories.config});
  }
  if (directories.state != kUsualState) {
    words.insert(words.end(), {"--state-dir", directories.state});
  }
  return words;
}

BootUnit boot_unit(const Directories& directories, const std::string& program) {
  std::string command;
  for (const std::string& word : same_installation(directories, program)) {
    command += unit_word(word) + " ";
  }
  command += unit_word("recover");
  const bool usual = directories.state == kUsualState;
  return {.name = usual ? "backstay-recover.service"
                        : fmt::format("backstay-recover-{}.service",
                                      to_hex(sha256(directories.state)).substr(0, 8)),
          .text = fmt::format(
              "# Written by backstay. Carries out what a run that died left to be put right.\n"
              "[Unit]\n"
              "Description=Put right what a dead run of Backstay left\n"
              "ConditionDirectoryNotEmpty={0}/pending\n"
              "After=multi-user.target\n"
              "\n"
              "[Service]\n"
              "Type=oneshot\n"
              "ExecStart={1}\n"
              "\n"
              "[Install]\n"
              "WantedBy=multi-user.target\n",
              directories.state, command)};
}

Result<void> install_boot_unit(World& world) {
  BACKSTAY_ASSIGN(const auto program, own_program());
  const BootUnit unit = boot_unit(world.directories, program);
  const std::string path = unit_directory() + "/" + unit.name;
  const auto there = read_file(world.files, path);
  if (there && *there == unit.text) {
    return {};
  }
  BACKSTAY_TRY(replace_file(world.files, path, unit.text, 0644));
  return run_tool(world, "systemctl", {"enable", "--", unit.name});
}

UndoGuard guard_of(World& world, const std::string& run_id) {
  if (!systemd_runs(world.files)) {
    return {};
  }
  return {.arm = [&world, run_id] { return arm(world, run_id); },
          .disarm = [&world, run_id] { disarm_guard(world, run_id); }};
}

void disarm_guard(World& world, const std::string& run_id) {
  (void)run_tool(world, "systemctl", {"stop", "--", timer_of(run_id) + ".timer"});
}

}  // namespace backstay::runtime
