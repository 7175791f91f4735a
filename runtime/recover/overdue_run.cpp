#include "runtime/recover/overdue_run.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string boot_of_now() {
  return first_line("/proc/sys/kernel/random/boot_id");
}

// Field 22 of /proc/PID/stat, in ticks since boot; with the number it names one process. 0: none.
std::uint64_t start_of(int process) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", process));
  const std::size_t behind_name = line.rfind(')');
  if (behind_name == std::string::npos)
    return 0;
  std::istringstream words(line.substr(behind_name + 1));
  constexpr int kBefore = 19;  // fields 3 … 21
  std::string skipped;
  for (int field = 0; field < kBefore; ++field)
    words >> skipped;
  std::uint64_t start = 0;
  words >> start;
  return start;
}

std::int64_t now_of(World& world) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             world.clock.steady_now().time_since_epoch())
      .count();
}

}  // namespace

RunLimit limit_of_this_run(World& world, std::chrono::seconds deadline) {
  if (deadline.count() <= 0)
    return {};
  const int process = ::getpid();
  return {.process = process,
          .started = start_of(process),
          .boot = boot_of_now(),
          .over_at = now_of(world) + (deadline + kUndoTime).count()};
}

bool is_overdue(World& world, const RunLimit& limit) {
  return limit.process > 0 && limit.boot == boot_of_now() &&
         start_of(limit.process) == limit.started && now_of(world) >= limit.over_at;
}

Result<void> end_overdue(const RunLimit& limit) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, limit.process, 0)));
  if (!process.open())
    return errno == ESRCH ? Result<void>{} : errno_error(errno, "cannot look for the run");
  if (start_of(limit.process) != limit.started)  // asked again: the number may be another's by now
    return {};
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH)
    return errno_error(errno, "cannot end the run that hangs");
  constexpr int kPatience = 10'000;  // ms

  struct pollfd gone {
    .fd = process.get(), .events = POLLIN, .revents = 0
  };

  if (::poll(&gone, 1, kPatience) == 1)
    return {};
  return Error{.kind = ErrorKind::Busy,
               .message = fmt::format("process {} was killed and does not end", limit.process),
               .hint =
                   "it waits for a disk or a network file system; what it stopped is started "
                   "when it is gone"};
}

}  // namespace backstay::runtime
