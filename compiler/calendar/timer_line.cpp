#include "compiler/calendar/timer_line.hpp"

#include <array>

#include <fmt/format.h>

namespace backstay::compiler {
namespace {

constexpr std::array<const char*, 7> kDayNames = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr int kLastDay = 31;

/// The values of a repetition.
std::string list_text(int first, int last, int repeat) {
  std::string text;
  for (int value = first; value <= last; value += repeat) {
    text += fmt::format("{}{:02}", text.empty() ? "" : ",", value);
  }
  return text;
}

std::string range_text(const CalendarRange& range) {
  if (range.repeat == 0) {
    return fmt::format("{:02}", range.first);
  }
  if (range.repeat == 1) {
    return fmt::format("{:02}..{:02}", range.first, range.last);
  }
  return list_text(range.first, range.last, range.repeat);
}

/// Counted from the month's end: a plain repetition comes down to its last day, a range with one
/// begins at its earliest day. One text for each line that a timer needs.
std::vector<std::string> range_from_end_texts(const CalendarRange& range) {
  const bool to_the_end = range.last == kLastDay;
  if (range.repeat == 0) {
    return {fmt::format("{:02}", range.first)};
  }
  const int earliest = to_the_end ? range.first : range.last;
  const int latest = to_the_end ? 1 : range.first;
  if (range.repeat == 1) {
    return {fmt::format("{:02}..{:02}", latest, earliest)};
  }
  std::vector<std::string> texts;
  for (int day = latest + (earliest - latest) % range.repeat; day <= earliest;
       day += range.repeat) {
    texts.push_back(fmt::format("{:02}", day));
  }
  return texts;
}

std::string year_text(const CalendarRange& range) {
  if (range.repeat == 0) {
    return fmt::format("{}", range.first);
  }
  return fmt::format("{}..{}/{}", range.first, range.last, range.repeat);
}

template <class Text>
std::string field_text(const CalendarField& field, Text text_of) {
  std::string text;
  for (const CalendarRange& range : field) {
    text += (text.empty() ? "" : ",") + text_of(range);
  }
  return text.empty() ? "*" : text;
}

/// `days` with the sign before them.
std::string line_text(const CalendarExpression& expression, const std::string& days) {
  const std::string weekdays = weekday_names(expression.weekdays);
  return fmt::format(
      "{}{}{}-{}{} {}:{}:{}", weekdays, weekdays.empty() ? "" : " ",
      field_text(expression.years, year_text), field_text(expression.months, range_text), days,
      field_text(expression.hours, range_text), field_text(expression.minutes, range_text),
      field_text(expression.seconds, range_text));
}

}  // namespace

std::string weekday_names(std::uint8_t weekdays) {
  std::string names;
  for (std::size_t day = 0; day < kDayNames.size(); ++day) {
    if (((weekdays >> day) & 1U) != 0) {
      names += fmt::format("{}{}", names.empty() ? "" : ",", kDayNames[day]);
    }
  }
  constexpr std::uint8_t kAll = 0x7F;
  return weekdays == kAll ? "" : names;
}

std::vector<std::string> timer_lines(const CalendarExpression& expression) {
  if (!expression.days_from_end || expression.days.empty()) {
    return {line_text(expression, "-" + field_text(expression.days, range_text))};
  }
  // Why not a list in one line: systemd 252 refuses `~01,28`, and others that begin and end far
  // apart.
  std::vector<std::string> lines;
  for (const CalendarRange& range : expression.days) {
    for (const std::string& days : range_from_end_texts(range)) {
      lines.push_back(line_text(expression, "~" + days));
    }
  }
  return lines;
}

}  // namespace backstay::compiler
