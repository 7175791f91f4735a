#include "runtime/target/child_traffic.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

// `rchar: 4711` and `wchar: 17`, the first two lines of /proc/PID/io.
std::optional<std::uint64_t> bytes_of(pid_t child) {
  std::ifstream file(fmt::format("/proc/{}/io", child));
  std::string read;
  std::string written;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  if (!(file >> read >> in >> written >> out) || read != "rchar:" || written != "wchar:")
    return std::nullopt;
  return in + out;
}

// utime and stime, the 14th and 15th word; the second one is a name in brackets that may hold any.
std::optional<std::uint64_t> ticks_of(pid_t child) {
  std::ifstream file(fmt::format("/proc/{}/stat", child));
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  constexpr int kBetween = 11;
  for (int word = 0; word < kBetween; ++word)
    rest >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!(rest >> user >> system))
    return std::nullopt;
  return user + system;
}

}  // namespace

std::optional<ChildTraffic> traffic_of_children(pid_t thread) {
  std::ifstream children(fmt::format("/proc/self/task/{}/children", thread));
  std::optional<ChildTraffic> all;
  for (pid_t child = 0; children >> child;) {
    const auto bytes = bytes_of(child);
    const auto ticks = ticks_of(child);
    if (!bytes || !ticks)
      return std::nullopt;
    if (!all)
      all.emplace();
    all->bytes += *bytes;
    all->ticks += *ticks;
  }
  return all;
}

}  // namespace backstay::runtime
