#include "runtime/drill/leftover_processes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <vector>

#include <fcntl.h>
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
  for (std::filesystem::directory_iterator at("/proc", error), last; !error && at != last;
       at.increment(error)) {
    const std::string name = at->path().filename();
    pid_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc() && end == name.data() + name.size() && number != ::getpid())
      found.push_back(number);
  }
  return found;
}

/// What the process was started with. Empty where it has ended meanwhile: then even an open file of
/// /proc fails to be read, for which a stream would throw.
std::string arguments_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/cmdline";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> piece{};
  ssize_t size = 0;
  while (file.open() && (size = ::read(file.get(), piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(size));
  return text;
}

/// Arguments are separated by NUL bytes; a path may follow a `=`. A program that a drill starts for
/// a look (`expect run`) bears no path of ours unless it was given one, and is ours then.
bool bears(pid_t process, const std::string& directory) {
  const std::string text = arguments_of(process);
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
