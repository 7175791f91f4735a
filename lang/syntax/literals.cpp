#include "lang/syntax/literals.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>

#include <fmt/format.h>

#include "lang/base/units.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kLongestName = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

// text  YYYY-MM-DD
bool is_calendar_day(std::string_view text) {
  const auto year = number_of(text.substr(0, 4)).value_or(0);
  const auto month = number_of(text.substr(5, 2)).value_or(0);
  const auto day = number_of(text.substr(8, 2)).value_or(0);
  if (year < 1 || month < 1 || month > 12 || day < 1) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const bool short_month = month == 4 || month == 6 || month == 9 || month == 11;
  const std::int64_t days = month == 2 ? (leap ? 29 : 28) : (short_month ? 30 : 31);
  return day <= days;
}

// text  HH:MM, then nothing or :SS
bool is_time_of_day(std::string_view text) {
  const bool seconds = text.size() < 8 || number_of(text.substr(6, 2)).value_or(60) < 60;
  return number_of(text.substr(0, 2)).value_or(24) < 24 &&
         number_of(text.substr(3, 2)).value_or(60) < 60 && seconds;
}

// `30min` → `30m`, `10GiB/sec` no; empty where the unit is not certain.
std::string with_known_unit(std::string_view number, std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, char>, 20> kUnits = {{
      {"sec", 's'},   {"secs", 's'},   {"second", 's'},  {"seconds", 's'}, {"min", 'm'},
      {"mins", 'm'},  {"minute", 'm'}, {"minutes", 'm'}, {"hr", 'h'},      {"hrs", 'h'},
      {"hour", 'h'},  {"hours", 'h'},  {"day", 'd'},     {"days", 'd'},    {"week", 'w'},
      {"weeks", 'w'}, {"S", 's'},      {"H", 'h'},       {"D", 'd'},       {"W", 'w'},
  }};
  const auto known = std::find_if(kUnits.begin(), kUnits.end(),
                                  [unit](const auto& row) { return row.first == unit; });
  return known == kUnits.end() ? std::string{} : std::string(number) + known->second;
}

// `2:30` → `02:30`; empty for what is no time of the day.
std::string with_two_digits(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool one_digit = colon == 1 && text.size() == 4;
  const std::string time = "0" + std::string(text);
  return one_digit && is_digit(text[2]) && is_digit(text[3]) && is_time_of_day(time) ? time : "";
}

std::string unit_help(std::string_view unit) {
  const auto begins_with = [unit](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [unit](std::string_view word) { return unit.starts_with(word); });
  };
  const auto is = [unit](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), unit) != words.end();
  };
  if (is({"y", "year", "years", "mo", "month", "months"})) {
    return "months and years differ in length: say it in days, `30d`";
  }
  if (begins_with({"sec", "min", "hour", "hr", "day", "week"}) || is({"S", "M", "H", "D", "W"})) {
    return "durations are written `90s`, `15m`, `26h`, `7d`, `4w`";
  }
  if (begins_with({"b", "k", "K", "mb", "mib", "M", "g", "G", "t", "T", "P"})) {
    return "sizes are written `512B`, `64KiB`, `50MiB`, `200GiB`, `2TiB`; rates `50MiB/s`";
  }
  return "what begins with a digit is a number, duration, size, rate, date or time; other text "
         "goes in quotes";
}

}  // namespace

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    count += begins ? 1 : 0;
    if (count > kShown) {
      return std::string(text.substr(0, end)) + "…";
    }
  }
  return std::string(text);
}

std::optional<TokenProblem> literal_problem(ast::ArgumentKind kind, std::string_view text) {
  using Kind = ast::ArgumentKind;
  const bool too_large =
      (kind == Kind::Duration && !parse_duration(text)) ||
      (kind == Kind::Size && !parse_byte_size(text)) ||
      (kind == Kind::Rate && !parse_byte_size(text.substr(0, text.size() - 2))) ||
      (kind == Kind::Count && !number_of(text));
  if (too_large) {
    return TokenProblem{fmt::format("`{}` is too large", shortened(text)), ""};
  }
  if ((kind == Kind::Date || kind == Kind::Instant) && !is_calendar_day(text.substr(0, 10))) {
    return TokenProblem{fmt::format("`{}` is no day of the calendar", text.substr(0, 10)), ""};
  }
  if (kind == Kind::Time && !is_time_of_day(text)) {
    return TokenProblem{fmt::format("`{}` is no time of the day", shortened(text)),
                        "times run from `00:00` to `23:59`"};
  }
  if (kind == Kind::Instant && !is_time_of_day(text.substr(11, text.size() - 12))) {
    return TokenProblem{fmt::format("`{}` is no instant", shortened(text)),
                        "times run from `00:00` to `23:59`"};
  }
  return std::nullopt;
}

TokenProblem not_a_literal(std::string_view text) {
  const auto digits =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::string_view rest = text.substr(digits);
  std::string message =
      fmt::format("`{}` is no number, duration, size, date or time", shortened(text));
  if (digits > 1 && text.front() == '0' &&
      (rest.empty() || !(rest.front() == ':' || rest.front() == '-'))) {
    return {std::move(message), "numbers are written without leading zeros",
            rest.empty()
                ? std::string(text.substr(std::min(text.find_first_not_of('0'), text.size() - 1)))
                : std::string()};
  }
  if (rest == "st" || rest == "nd" || rest == "rd" || rest == "th") {
    return {std::move(message), "ordinals are `1st`, `2nd`, `3rd`, `4th` and `last`"};
  }
  if (rest.starts_with(".")) {
    const bool address = std::count(rest.begin(), rest.end(), '.') > 1;
    return {std::move(message),
            address ? "an address goes in quotes: `\"10.0.0.11\"`"
                    : "there are no fractions: take a smaller unit, `1536MiB` or `90m`",
            address && text.find_first_not_of("0123456789.") == std::string_view::npos
                ? "\"" + std::string(text) + "\""
                : std::string()};
  }
  if (rest.starts_with(":")) {
    return {std::move(message), "times are written `02:30`, with two digits each",
            with_two_digits(text)};
  }
  if (rest.starts_with("-")) {
    return {std::move(message), "dates are written `2026-01-31`, instants `2027-03-28T02:30Z`"};
  }
  return {std::move(message), unit_help(rest), with_known_unit(text.substr(0, digits), rest)};
}

TokenProblem not_a_word(std::string_view text) {
  if (text.find('=') != std::string_view::npos) {
    return {fmt::format("`{}` is no name", shortened(text)), "put a blank before and after `=`"};
  }
  if (text.find("->") != std::string_view::npos) {
    return {fmt::format("`{}` is no name", shortened(text)), "put a blank before and after `->`"};
  }
  return {fmt::format("`{}` is no name", shortened(text)),
          "names hold letters, digits, `-` and `_`, joined by dots; other text goes in quotes"};
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kLongestName && text.front() >= 'a' &&
         text.front() <= 'z' && text.back() != '-' && std::all_of(text.begin(), text.end(), fits);
}

bool is_qualified_name(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_name(text.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

std::optional<TokenProblem> dot_problem(std::string_view text) {
  if (text.ends_with('.') || text.find("..") != std::string_view::npos) {
    return TokenProblem{fmt::format("`{}` is no name", shortened(text)), "a dot joins two names"};
  }
  return std::nullopt;
}

std::optional<std::string> unicode_escape(std::string_view escape) {
  constexpr std::size_t kFrame = 4;  // \u{ and }
  if (!escape.starts_with("\\u{") || escape.size() == kFrame || escape.size() > kFrame + 6) {
    return std::nullopt;
  }
  std::uint32_t point = 0;
  std::from_chars(escape.data() + 3, escape.data() + escape.size() - 1, point, 16);
  if (point == 0 || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) {
    return std::nullopt;
  }
  const auto tail = [point](unsigned shift) {
    return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) {
    return std::string{static_cast<char>(point)};
  }
  if (point < 0x800) {
    return std::string{static_cast<char>(0xC0U | (point >> 6U)), tail(0)};
  }
  if (point < 0x10000) {
    return std::string{static_cast<char>(0xE0U | (point >> 12U)), tail(6), tail(0)};
  }
  return std::string{static_cast<char>(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)};
}

std::string normalized_path(std::string_view path) {
  std::string normal;
  normal.reserve(path.size());
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t begin = path.find_first_not_of('/', at);
    if (begin == std::string_view::npos) {
      break;
    }
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment != ".") {
      normal += '/';
      normal += segment;
    }
    at = end;
  }
  return normal.empty() ? "/" : normal;
}

bool has_parent_segment(std::string_view path) {
  for (std::size_t at = path.find("/.."); at != std::string_view::npos;
       at = path.find("/..", at + 1)) {
    if (at + 3 == path.size() || path[at + 3] == '/') {
      return true;
    }
  }
  return false;
}

}  // namespace backstay::lang
