#include "runtime/system/clock.hpp"

#include <ctime>

#include <fmt/chrono.h>

namespace backstay::runtime {

std::chrono::system_clock::time_point RealClock::now() {
  return std::chrono::system_clock::now();
}

std::chrono::steady_clock::time_point RealClock::steady_now() {
  return std::chrono::steady_clock::now();
}

std::string to_rfc3339(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(when));
}

std::optional<std::chrono::system_clock::time_point> from_rfc3339(const std::string& text) {
  std::tm utc{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr || *end != '\0')
    return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

std::string to_compact_utc(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", std::chrono::floor<std::chrono::seconds>(when));
}

}  // namespace backstay::runtime
