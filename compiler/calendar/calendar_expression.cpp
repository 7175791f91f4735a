#include "compiler/calendar/calendar_expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

namespace backstay::compiler {
namespace {

/// Ends the reading of an expression; caught in parse_calendar.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const std::string& message) {
  throw Unreadable(message);
}

std::string quote(std::string_view text) {
  return "`" + std::string(text) + "`";
}

/// Splits at a separator; empty parts stay.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

/// The values that a field may have.
struct Bounds {
  std::string_view what;
  int least;
  int greatest;
};

constexpr Bounds kYears{"year", 1970, 2199};
constexpr Bounds kMonths{"month", 1, 12};
constexpr Bounds kDays{"day", 1, 31};
constexpr Bounds kHours{"hour", 0, 23};
constexpr Bounds kMinutes{"minute", 0, 59};
constexpr Bounds kSeconds{"second", 0, 59};

int read_number(std::string_view text, const Bounds& bounds) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    fail(quote(text) + " is no " + std::string(bounds.what));
  }
  if (value < bounds.least || value > bounds.greatest) {
    fail("there is no " + std::string(bounds.what) + " " + std::string(text));
  }
  return value;
}

CalendarRange read_range(std::string_view text, const Bounds& bounds) {
  CalendarRange range{bounds.least, bounds.greatest, 0};
  const std::size_t slash = text.find('/');
  const std::string_view values = text.substr(0, slash);
  const std::size_t dots = values.find("..");
  if (dots != std::string_view::npos) {
    range.first = read_number(values.substr(0, dots), bounds);
    range.last = read_number(values.substr(dots + 2), bounds);
    range.repeat = 1;
    if (range.last < range.first) {
      fail(quote(text) + " ends before it begins");
    }
  } else if (values != "*") {
    range.first = read_number(values, bounds);
  } else if (slash == std::string_view::npos) {
    range.repeat = 1;
  }
  if (slash != std::string_view::npos) {
    range.repeat = read_number(text.substr(slash + 1), {"repetition", 1, bounds.greatest});
    if (range.first + range.repeat > bounds.greatest) {
      fail(quote(text) + " never comes to its repetition");
    }
  }
  return range;
}

CalendarField read_field(std::string_view text, const Bounds& bounds) {
  CalendarField field;
  if (text != "*") {
    for (const std::string_view part : split(text, ',')) {
      field.push_back(read_range(part, bounds));
    }
  }
  return field;
}

/// 0 … 6 from Monday, from a name or its first three letters in any case.
std::optional<int> read_weekday(std::string_view text) {
  constexpr std::array<std::string_view, 7> kNames{"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
  for (std::size_t day = 0; day < kNames.size(); ++day) {
    if (small == kNames[day] || small == kNames[day].substr(0, 3)) {
      return static_cast<int>(day);
    }
  }
  return std::nullopt;
}

int expect_weekday(std::string_view text) {
  const std::optional<int> day = read_weekday(text);
  if (!day) {
    fail(quote(text) + " is no day of the week");
  }
  return *day;
}

std::uint8_t read_weekdays(std::string_view text) {
  unsigned mask = 0;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dots = part.find("..");
    const int first = expect_weekday(part.substr(0, dots));
    const int last = dots == std::string_view::npos ? first : expect_weekday(part.substr(dots + 2));
    if (last < first) {
      fail(quote(part) + " ends before it begins; a week begins on Monday");
    }
    for (int day = first; day <= last; ++day) {
      mask |= 1U << static_cast<unsigned>(day);
    }
  }
  return static_cast<std::uint8_t>(mask);
}

/// Why 28: every month has as many days, and systemd refuses a timer that counts back further.
void check_from_end(std::string_view days) {
  constexpr int kMost = 28;
  for (const std::string_view part : split(days, ',')) {
    const std::string_view values = part.substr(0, part.find('/'));
    const std::size_t dots = values.find("..");
    const bool is_range = dots != std::string_view::npos;
    const std::string_view last = is_range ? values.substr(dots + 2) : values;
    for (const std::string_view text : {values.substr(0, dots), last}) {
      if (text != "*" && read_number(text, kDays) > kMost) {
        fail(quote("~" + std::string(text)) +
             " is further back than every month has days: the most is `~28`");
      }
    }
  }
}

void read_date(std::string_view text, CalendarExpression& into) {
  const std::size_t tilde = text.find('~');
  std::vector<std::string_view> parts = split(text.substr(0, tilde), '-');
  if (tilde != std::string_view::npos) {
    into.days_from_end = true;
    parts.push_back(text.substr(tilde + 1));
    check_from_end(parts.back());
  }
  if (parts.size() < 2 || parts.size() > 3) {
    fail(quote(text) + " is no date: `*-*-*` is every day");
  }
  if (parts.size() == 3) {
    into.years = read_field(parts[0], kYears);
  }
  into.months = read_field(parts[parts.size() - 2], kMonths);
  into.days = read_field(parts.back(), kDays);
  for (const CalendarRange& range : into.days) {
    if (into.days_from_end && range.last == kDays.greatest && range.repeat >= range.first) {
      fail(quote(text) + " never comes to its repetition: `~` counts down to the last day");
    }
  }
}

void read_time(std::string_view text, CalendarExpression& into) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) {
    fail(quote(text) + " is no time of day: `02:30`");
  }
  into.hours = read_field(parts[0], kHours);
  into.minutes = read_field(parts[1], kMinutes);
  into.seconds = parts.size() == 3 ? read_field(parts[2], kSeconds) : CalendarField{{0, 0, 0}};
}

/// The full form of `daily` and its like.
std::optional<std::string_view> full_form(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kForms{{
      {"minutely", "*-*-* *:*:00"},
      {"hourly", "*-*-* *:00:00"},
      {"daily", "*-*-* 00:00:00"},
      {"weekly", "Mon *-*-* 00:00:00"},
      {"monthly", "*-*-01 00:00:00"},
      {"quarterly", "*-01,04,07,10-01 00:00:00"},
      {"semiannually", "*-01,07-01 00:00:00"},
      {"semi-annually", "*-01,07-01 00:00:00"},
      {"yearly", "*-01-01 00:00:00"},
      {"annually", "*-01-01 00:00:00"},
  }};
  for (const auto& [name, form] : kForms) {
    if (text == name) {
      return form;
    }
  }
  return std::nullopt;
}

CalendarExpression read_expression(std::string_view text) {
  CalendarExpression expression;
  read_time("00:00:00", expression);
  if (const auto form = full_form(text)) {
    text = *form;
  }
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, std::string_view{});
  if (words.empty()) {
    fail("the expression is empty");
  }
  std::size_t at = 0;
  if (std::isalpha(static_cast<unsigned char>(words[0].front())) != 0) {
    expression.weekdays = read_weekdays(words[at++]);
  }
  if (at < words.size() && words[at].find_first_of("-~") != std::string_view::npos) {
    read_date(words[at++], expression);
  }
  if (at < words.size() && words[at].find(':') != std::string_view::npos) {
    read_time(words[at++], expression);
  }
  if (at < words.size()) {
    const bool is_zone = at > 0 && std::isalpha(static_cast<unsigned char>(words[at][0])) != 0;
    fail(is_zone ? quote(words[at]) + " is no part of it: the zone is that of the policy"
                 : quote(words[at]) + " is neither a date nor a time");
  }
  return expression;
}

bool field_matches(const CalendarField& field, int value) {
  return field.empty() ||
         std::any_of(field.begin(), field.end(), [value](const CalendarRange& range) {
           return range.repeat == 0 ? value == range.first
                                    : value >= range.first && value <= range.last &&
                                          (value - range.first) % range.repeat == 0;
         });
}

/// Turns a field that counts from the month's end into days of a month with `last` days.
CalendarField from_end(const CalendarField& field, int last) {
  CalendarField days;
  for (const CalendarRange& range : field) {
    const bool to_the_end = range.last == kDays.greatest;
    const int first = last + 1 - range.first;
    // Why: as systemd has it, a range is turned round and a plain repetition goes on to the end.
    days.push_back(to_the_end ? CalendarRange{first, last, range.repeat}
                              : CalendarRange{last + 1 - range.last, first, range.repeat});
  }
  return days;
}

std::vector<int> values_of(const CalendarField& field, const Bounds& bounds) {
  std::vector<int> values;
  for (int value = bounds.least; value <= bounds.greatest; ++value) {
    if (field_matches(field, value)) {
      values.push_back(value);
    }
  }
  return values;
}

}  // namespace

bool CalendarExpression::matches(std::chrono::year_month_day day) const {
  const std::chrono::weekday weekday{std::chrono::local_days(day)};
  const auto bit = weekday.iso_encoding() - 1;
  if (((weekdays >> bit) & 1U) == 0 || !field_matches(years, static_cast<int>(day.year())) ||
      !field_matches(months, static_cast<int>(static_cast<unsigned>(day.month())))) {
    return false;
  }
  const int number = static_cast<int>(static_cast<unsigned>(day.day()));
  const std::chrono::year_month_day_last end(day.year(), std::chrono::month_day_last(day.month()));
  const int last = static_cast<int>(static_cast<unsigned>(end.day()));
  return field_matches(days_from_end ? from_end(days, last) : days, number);
}

std::vector<std::chrono::seconds> CalendarExpression::times(std::size_t limit) const {
  std::vector<std::chrono::seconds> all;
  for (const int hour : values_of(hours, kHours)) {
    for (const int minute : values_of(minutes, kMinutes)) {
      for (const int second : values_of(seconds, kSeconds)) {
        if (all.size() == limit) {
          return all;
        }
        all.emplace_back(hour * 3600 + minute * 60 + second);
      }
    }
  }
  return all;
}

std::variant<CalendarExpression, CalendarProblem> parse_calendar(std::string_view text) {
  try {
    return read_expression(text);
  } catch (const Unreadable& problem) {
    return CalendarProblem{problem.what()};
  }
}

}  // namespace backstay::compiler
