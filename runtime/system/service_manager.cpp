#include "runtime/system/service_manager.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace backstay::runtime {
namespace {

constexpr std::chrono::seconds kLongest{600};
/// systemd ends what hangs by itself; it needs a moment for that.
constexpr std::chrono::seconds kAllowance{15};
constexpr std::chrono::seconds kQuick{90};

constexpr const char* kProperties =
    "--property=LoadState,ActiveState,SubState,UnitFileState,ConditionResult,TriggeredBy,"
    "RequiredBy,"
    "BoundBy,ConsistsOf,PropagatesStopTo,TimeoutStartUSec,TimeoutStopUSec";

std::chrono::seconds deadline_of(std::chrono::seconds own) {
#ifdef BACKSTAY_FAILPOINTS
  if (const char* seconds = std::getenv("BACKSTAY_TEST_UNIT_DEADLINE")) {
    return std::chrono::seconds(std::atoi(seconds));
  }
#endif
  return own.count() == 0 ? kLongest : std::min(own + kAllowance, kLongest);
}

}  // namespace

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

std::string unit_directory() {
#ifdef BACKSTAY_FAILPOINTS
  if (const char* directory = std::getenv("BACKSTAY_TEST_UNITS")) {
    return directory;
  }
#endif
  return "/etc/systemd/system";
}

// `show` answers for unknown units too, and exits 0: systemctl(1).
Result<std::vector<UnitState>> ServiceManager::states(const std::vector<std::string>& units) {
  if (units.empty()) {
    return std::vector<UnitState>();
  }
  Command command{.deadline = kQuick};
  BACKSTAY_ASSIGN(command.program, find_program("systemctl"));
  command.arguments = {"show", kProperties, "--"};
  command.arguments.insert(command.arguments.end(), units.begin(), units.end());
  BACKSTAY_ASSIGN(const Exit exit, runner_.run(command, stop_));
  if (!exit.ok()) {
    return Error{
        .kind = ErrorKind::ToolFailed,
        .message = fmt::format("`systemctl show {}`: {}", fmt::join(units, " "), describe(exit)),
        .hint = exit.errors};
  }
  return parse_unit_states(exit.output, units);
}

Result<UnitState> ServiceManager::state(const std::string& unit) {
  BACKSTAY_ASSIGN(auto all, states({unit}));
  return std::move(all.front());
}

Result<bool> ServiceManager::is_active(const std::string& unit) {
  BACKSTAY_ASSIGN(const auto now, state(unit));
  return now.is_active();
}

Result<void> ServiceManager::stop(const std::string& unit) {
  BACKSTAY_ASSIGN(const auto before, state(unit));
  BACKSTAY_TRY(ask({"stop", "--", unit}, deadline_of(before.stop_timeout)));
  BACKSTAY_ASSIGN(const auto after, state(unit));
  if (!after.is_active()) {
    return {};
  }
  return Error{.kind = ErrorKind::ToolFailed,
               .message = fmt::format("{} was stopped and is {} again", unit, after.active),
               .hint = fmt::format("find out what starts it: systemctl status {}", unit)};
}

Result<void> ServiceManager::start(const std::string& unit) {
  BACKSTAY_ASSIGN(const auto before, state(unit));
  BACKSTAY_TRY(ask({"start", "--", unit}, deadline_of(before.start_timeout)));
  BACKSTAY_ASSIGN(const auto after, state(unit));
  if (after.condition_met || after.is_active()) {
    return {};
  }
  return Error{.kind = ErrorKind::ToolFailed,
               .message = fmt::format("{} was not started: a condition of it is not met", unit),
               .hint = fmt::format("see which one: systemctl status {}", unit)};
}

Result<void> ServiceManager::restart(const std::string& unit) {
  BACKSTAY_ASSIGN(const auto before, state(unit));
  const bool for_ever = before.stop_timeout.count() == 0 || before.start_timeout.count() == 0;
  return ask(
      {"restart", "--", unit},
      deadline_of(for_ever ? std::chrono::seconds(0) : before.stop_timeout + before.start_timeout));
}

Result<void> ServiceManager::reload() {
  return ask({"daemon-reload"}, kQuick);
}

Result<void> ServiceManager::enable_now(const std::string& unit) {
  return ask({"enable", "--quiet", "--now", "--", unit}, kQuick);
}

Result<void> ServiceManager::disable_now(const std::string& unit) {
  return ask({"disable", "--quiet", "--now", "--", unit}, kQuick);
}

Result<bool> ServiceManager::set_file_state(const UnitState& now, const std::string& wanted) {
  if (now.file_state == wanted) {
    return false;
  }
  if (wanted == "masked") {
    BACKSTAY_TRY(ask({"mask", "--", now.unit}, kQuick));
    return true;
  }
  if (wanted != "enabled" && wanted != "disabled") {
    return false;
  }
  if (now.is_masked()) {
    BACKSTAY_TRY(ask({"unmask", "--", now.unit}, kQuick));
  } else if (now.file_state != "enabled" && now.file_state != "disabled") {
    return false;
  }
  BACKSTAY_TRY(ask({wanted == "enabled" ? "enable" : "disable", "--", now.unit}, kQuick));
  return true;
}

Result<void> ServiceManager::ask(const std::vector<std::string>& words,
                                 std::chrono::seconds deadline) {
  Command command{.arguments = words, .deadline = deadline, .grace = std::chrono::seconds(2)};
  BACKSTAY_ASSIGN(command.program, find_program("systemctl"));
  const std::string said = fmt::format("systemctl {}", fmt::join(words, " "));
  const std::string& unit = words.back();
  auto exit = runner_.run(command, stop_);
  if (!exit && exit.error().kind == ErrorKind::Timeout) {
    return Error{.kind = ErrorKind::Timeout,
                 .message = fmt::format("`{}` did not end within {} s", said, deadline.count()),
                 .hint = fmt::format("see what it waits for: systemctl status {}", unit)};
  }
  if (!exit) {
    return std::move(exit).error();
  }
  if (!exit->ok()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`{}`: {}{}{}", said, describe(*exit),
                                        exit->errors.empty() ? "" : ": ", exit->errors),
                 .hint = words.size() == 1 ? "" : fmt::format("see `systemctl status {}`", unit)};
  }
  return {};
}

}  // namespace backstay::runtime
