#include "runtime/drill/leftover_processes.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

constexpr int kPatienceMilliseconds = 10'000;

std::vector<pid_t> all_processes() {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc() && end == name.data() + name.size() && number != ::getpid())
      found.push_back(number);
  }
  return found;
}

/// Arguments are separated by NUL bytes; a path may follow a `=`. A program that a drill starts for
/// a look (`expect run`) bears no path of ours unless it was given one, and is ours then.
bool bears(pid_t process, const std::string& directory) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string inside = directory + "/servers/";
  for (std::size_t at = text.find(inside); at != std::string::npos;
       at = text.find(inside, at + 1)) {
    if (at == 0 || text[at - 1] == '\0' || text[at - 1] == '=')
      return true;
  }
  return false;
}

void end(pid_t process, const std::string& directory) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  // Looked at again: the number may be another's since.
  if (handle.get() < 0 || !bears(process, directory) ||
      ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0) != 0) {
    return;
  }
  pollfd ended{.fd = handle.get(), .events = POLLIN, .revents = 0};
  (void)::poll(&ended, 1, kPatienceMilliseconds);
}

}  // namespace

void end_leftover_processes(const std::string& directory) {
  for (const pid_t process : all_processes()) {
    if (bears(process, directory))
      end(process, directory);
  }
}

}  // namespace backstay::runtime
