#include "compiler/calendar/time_text.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace backstay::compiler {

std::string date_text(std::chrono::local_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string time_text(std::chrono::seconds time_of_day) {
  const auto count = time_of_day.count();
  const std::string text = fmt::format("{:02}:{:02}", count / 3600, count / 60 % 60);
  return count % 60 == 0 ? text : text + fmt::format(":{:02}", count % 60);
}

std::string local_text(std::chrono::local_seconds local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  return date_text(day) + " " + time_text(local - day);
}

std::string offset_text(std::chrono::sys_seconds instant, const Zone& zone) {
  const std::int64_t ahead =
      (zone.to_local(instant).time_since_epoch() - instant.time_since_epoch()).count();
  return (ahead < 0 ? "-" : "+") + time_text(std::chrono::seconds(std::abs(ahead)));
}

std::string instant_text(std::chrono::sys_seconds instant, const Zone& zone) {
  return local_text(zone.to_local(instant)) + " " +
         (zone.name() == "UTC" ? "UTC" : offset_text(instant, zone));
}

std::string horizon_text(const Horizon& horizon) {
  return fmt::format("the {} days from {}", horizon.length.count(), date_text(horizon.begin));
}

std::string elapsed_text(Duration elapsed) {
  constexpr std::int64_t kDay = 86'400;
  constexpr std::array<std::pair<std::int64_t, char>, 4> kUnits{
      {{kDay, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  std::string text;
  std::int64_t rest = elapsed.seconds;
  for (const auto& [unit, letter] : kUnits) {
    const bool too_short = unit == kDay && elapsed.seconds < 4 * kDay;
    if (rest >= unit && !too_short) {
      text += fmt::format("{}{}{}", text.empty() ? "" : " ", rest / unit, letter);
      rest %= unit;
    }
  }
  return text.empty() ? "0s" : text;
}

}  // namespace backstay::compiler
