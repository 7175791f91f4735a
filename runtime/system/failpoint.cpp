#include "runtime/system/failpoint.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

/// What the environment asks for, read once.
struct Request {
  std::string name;
  std::uint64_t pass = 0;  ///< counted from 1
  int error_number = 0;    ///< 0: a signal
  int signal = 0;
};

/// The number of `ENOSPC`; 0 for what is no errno name.
int errno_of(std::string_view name) {
  constexpr int highest_errno = 133;
  for (int number = 1; number <= highest_errno; ++number) {
    const char* known = ::strerrorname_np(number);
    if (known != nullptr && name == known) {
      return number;
    }
  }
  return 0;
}

std::optional<Request> parse(const char* text) {
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view all = text;
  const auto first = all.find(':');
  const auto second = first == std::string_view::npos ? first : all.find(':', first + 1);
  BACKSTAY_CHECK(second != std::string_view::npos, "BACKSTAY_FAILPOINT is NAME:N:ACTION");
  Request request{.name = std::string(all.substr(0, first))};
  const auto count = all.substr(first + 1, second - first - 1);
  const auto action = all.substr(second + 1);
  const auto parsed = std::from_chars(count.data(), count.data() + count.size(), request.pass);
  BACKSTAY_CHECK(parsed.ec == std::errc() && request.pass > 0,
                 "N of BACKSTAY_FAILPOINT counts from 1");
  request.error_number = errno_of(action);
  if (action == "kill" || action == "stop")
    request.signal = action == "kill" ? SIGKILL : SIGSTOP;
  BACKSTAY_CHECK(request.signal != 0 || request.error_number != 0,
                 "ACTION of BACKSTAY_FAILPOINT is kill, stop or the name of an errno");
  return request;
}

void log_pass(std::string_view name) {
  static const int log = [] {
    const char* path = std::getenv("BACKSTAY_FAILPOINT_LOG");
    return path == nullptr ? -1 : ::open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  }();
  if (log >= 0) {
    const std::string line = std::string(name) + "\n";
    (void)!::write(log, line.data(), line.size());
  }
}

}  // namespace

Result<void> failpoint(std::string_view name) {
  static const auto request = parse(std::getenv("BACKSTAY_FAILPOINT"));
  static std::atomic<std::uint64_t> passes = 0;
  log_pass(name);
  if (!request || request->name != name || ++passes != request->pass) {
    return {};
  }
  if (request->error_number != 0) {
    return errno_error(request->error_number, "failpoint `" + std::string(name) + "`");
  }
  if (request->signal == SIGSTOP) {
    (void)std::raise(SIGSTOP);  // Why not kill(): this thread shall not go on before CONT
    return {};
  }
  (void)::kill(::getpid(), SIGKILL);
  std::abort();  // SIGKILL cannot be outlived
}

}  // namespace backstay::runtime
