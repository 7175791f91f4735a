#include "compiler/calendar/schedule_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace backstay::compiler {
namespace {

/// Words of a rule; commas only part them.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = text.find_first_not_of(" ,");
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" ,", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" ,", end);
  }
  return words;
}

/// ISO number of `mon` … `sun`.
std::optional<unsigned> read_day_name(std::string_view word) {
  constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto day = std::find(kDays.begin(), kDays.end(), word);
  if (day == kDays.end()) {
    return std::nullopt;
  }
  return static_cast<unsigned>(day - kDays.begin()) + 1;
}

/// 1 … 4, or 0 for `last`.
std::optional<unsigned> read_ordinal(std::string_view word) {
  constexpr std::array<std::string_view, 5> kOrdinals{"last", "1st", "2nd", "3rd", "4th"};
  const auto ordinal = std::find(kOrdinals.begin(), kOrdinals.end(), word);
  if (ordinal == kOrdinals.end()) {
    return std::nullopt;
  }
  return static_cast<unsigned>(ordinal - kOrdinals.begin());
}

std::optional<unsigned> read_digits(std::string_view word) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc{} || end != word.data() + word.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::chrono::minutes> read_time_of_day(std::string_view word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto hour = read_digits(word.substr(0, colon));
  const auto minute = read_digits(word.substr(colon + 1));
  if (!hour || !minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  return std::chrono::minutes(*hour * 60 + *minute);
}

/// Reads all words with `read`, sorted, without repetition; nothing if one of them is none.
template <typename Value, typename Read>
std::optional<std::vector<Value>> read_all(const std::vector<std::string_view>& words,
                                           const Read& read) {
  std::vector<Value> values;
  for (const std::string_view word : words) {
    const auto value = read(word);
    if (!value) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values.empty() ? std::nullopt : std::optional(values);
}

using Words = std::vector<std::string_view>;
using Times = std::vector<std::chrono::minutes>;

std::optional<ScheduleRule> read_days(const Words& days, const Times& times) {
  if (days.size() == 1 && days[0] == "day") {
    return EveryWeekday{0x7F, times};
  }
  if (days.size() > 2 && days[0] == "month" && days[1] == "on") {
    const auto numbers = read_all<unsigned>(Words(days.begin() + 2, days.end()), read_digits);
    return numbers ? std::optional<ScheduleRule>(EveryMonthDay{*numbers, times}) : std::nullopt;
  }
  if (days.size() == 2 && read_ordinal(days[0])) {
    const auto weekday = read_day_name(days[1]);
    return weekday ? std::optional<ScheduleRule>(
                         EveryNthWeekday{*read_ordinal(days[0]), *weekday, times})
                   : std::nullopt;
  }
  const auto weekdays = read_all<unsigned>(days, read_day_name);
  if (!weekdays) {
    return std::nullopt;
  }
  unsigned mask = 0;
  for (const unsigned day : *weekdays) {
    mask |= 1U << (day - 1);
  }
  return EveryWeekday{static_cast<std::uint8_t>(mask), times};
}

}  // namespace

std::optional<std::string> calendar_text(std::string_view rule) {
  constexpr std::string_view kWord = "calendar ";
  if (!rule.starts_with(kWord)) {
    return std::nullopt;
  }
  rule.remove_prefix(kWord.size());
  if (rule.size() >= 2 && rule.front() == '"' && rule.back() == '"') {
    rule = rule.substr(1, rule.size() - 2);
  }
  return std::string(rule);
}

std::optional<ScheduleRule> parse_schedule_rule(std::string_view text) {
  if (const auto expression = calendar_text(text)) {
    auto parsed = parse_calendar(*expression);
    auto* const calendar = std::get_if<CalendarExpression>(&parsed);
    return calendar != nullptr ? std::optional<ScheduleRule>(*calendar) : std::nullopt;
  }
  const Words words = words_of(text);
  if (words.size() < 2 || words[0] != "every") {
    return std::nullopt;
  }
  if (words.size() == 2) {
    const auto interval = parse_duration(words[1]);
    return interval ? std::optional<ScheduleRule>(EveryInterval{*interval}) : std::nullopt;
  }
  const auto at = std::find(words.begin(), words.end(), "at");
  if (at == words.end()) {
    return std::nullopt;
  }
  const auto times = read_all<std::chrono::minutes>(Words(at + 1, words.end()), read_time_of_day);
  return times ? read_days(Words(words.begin() + 1, at), *times) : std::nullopt;
}

}  // namespace backstay::compiler
