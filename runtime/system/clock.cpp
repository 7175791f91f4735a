#include "runtime/system/clock.hpp"

#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>

namespace backstay::runtime {

std::chrono::system_clock::time_point RealClock::now() {
#ifdef BACKSTAY_FAILPOINTS
  // Tests that live through a month of nights do not wait for it: seconds from the real time.
  if (const char* seconds = std::getenv("BACKSTAY_TEST_CLOCK"))
    return std::chrono::system_clock::now() + std::chrono::seconds(std::atoll(seconds));
#endif
  return std::chrono::system_clock::now();
}

std::chrono::steady_clock::time_point RealClock::steady_now() {
  return std::chrono::steady_clock::now();
}

std::string to_rfc3339(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(when));
}

namespace {

std::optional<std::chrono::system_clock::time_point> parse_utc(const std::string& text,
                                                               const char* form) {
  std::tm utc{};
  const char* const end = ::strptime(text.c_str(), form, &utc);
  if (end == nullptr || *end != '\0')
    return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> from_rfc3339(const std::string& text) {
  return parse_utc(text, "%Y-%m-%dT%H:%M:%SZ");
}

std::optional<std::chrono::system_clock::time_point> from_compact_utc(const std::string& text) {
  return parse_utc(text, "%Y%m%dT%H%M%SZ");
}

std::string to_compact_utc(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", std::chrono::floor<std::chrono::seconds>(when));
}

}  // namespace backstay::runtime
