#include "runtime/system/systemd_sockets.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kLongestValue = 8192;
constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

bool send_datagram(std::string_view address, std::string_view bytes) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.empty() || address.size() >= sizeof name.sun_path) {
    return false;
  }
  std::memcpy(name.sun_path, address.data(), address.size());
  if (address.front() == '@') {
    name.sun_path[0] = '\0';  // an abstract socket
  }
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  return socket.get() >= 0 && ::sendto(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                                       reinterpret_cast<const sockaddr*>(&name), length) >= 0;
}

/// `NAME=value`, or with its size in front where it holds a newline.
void append_field(const std::string& name, std::string_view value, std::string& datagram) {
  value = value.substr(0, kLongestValue);
  datagram += name;
  if (value.find('\n') == std::string_view::npos) {
    datagram += "=";
  } else {
    datagram += "\n";
    std::uint64_t size = value.size();
    for (int byte = 0; byte < 8; ++byte, size >>= 8U) {
      datagram += static_cast<char>(size & 0xFFU);
    }
  }
  datagram += value;
  datagram += "\n";
}

std::string status_line(std::string_view status) {
  return "STATUS=" + std::string(status.substr(0, status.find('\n')));
}

void notify(std::string_view lines) {
  if (const char* address = std::getenv("NOTIFY_SOCKET")) {
    (void)send_datagram(address, lines);
  }
}

}  // namespace

bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");

  struct stat found {};

  return stream != nullptr && ::fstat(STDERR_FILENO, &found) == 0 &&
         fmt::format("{}:{}", found.st_dev, found.st_ino) == stream;
}

bool send_to_journal(const JournalFields& fields) {
  std::string datagram;
  for (const auto& [name, value] : fields) {
    append_field(name, value, datagram);
  }
  return send_datagram(kJournalSocket, datagram);
}

void notify_status(std::string_view status) {
  notify(status_line(status));
}

void notify_stopping(std::string_view status, std::chrono::microseconds patience) {
  notify(
      fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\n{}", patience.count(), status_line(status)));
}

}  // namespace backstay::runtime
