#include "compiler/calendar/date.hpp"

#include <charconv>
#include <system_error>

namespace backstay::compiler {
namespace {

// A number of exactly `width` digits at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t width) {
  int number = 0;
  if (at + width > text.size() || text[at] < '0' || text[at] > '9') {
    return std::nullopt;
  }
  const char* const begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + width, number);
  return error == std::errc{} && end == begin + width ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::chrono::local_days> parse_date(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day) {
    return std::nullopt;
  }
  const auto date = std::chrono::year(*year) / *month / *day;
  return date.ok() ? std::optional(std::chrono::local_days(date)) : std::nullopt;
}

std::optional<std::chrono::sys_seconds> parse_instant(std::string_view text) {
  if (text.size() < 17 || text[10] != 'T' || text[13] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto day = parse_date(text.substr(0, 10));
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const bool with_seconds = text.size() == 20 && text[16] == ':';
  const auto second = with_seconds ? digits(text, 17, 2) : std::optional(0);
  if (!day || !hour || !minute || !second || (text.size() != 17 && !with_seconds) || *hour > 23 ||
      *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return std::chrono::sys_seconds(day->time_since_epoch()) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace backstay::compiler
