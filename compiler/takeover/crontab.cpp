#include "compiler/takeover/crontab.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace backstay::compiler {
namespace {

// Takes the first word from the front of `line`.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t";
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBlanks)));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

bool is_field(std::string_view word) {
  return !word.empty() &&
         ((word[0] >= '0' && word[0] <= '9') || word[0] == '*' ||
          (word.size() >= 3 && word.size() < 40)) &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '*' || c == '/' || c == ',' || c == '-';
         });
}

std::optional<int> number(std::string_view text, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

std::string weekday(std::string_view text) {
  constexpr std::array<const char*, 8> kDays = {"sun", "mon", "tue", "wed",
                                                "thu", "fri", "sat", "sun"};
  if (const auto day = number(text, 7)) {
    return kDays.at(static_cast<std::size_t>(*day));
  }
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kDays.begin(), kDays.end(), small) != kDays.end() ? small : "";
}

// What a policy says in the same words; ranges and steps are left to the reader.
std::string schedule_of(const std::array<std::string_view, 5>& fields) {
  const auto minute = number(fields[0], 59);
  const auto hour = number(fields[1], 23);
  const auto day = number(fields[2], 31);
  const bool any_day = fields[2] == "*";
  if (!minute || !hour || fields[3] != "*") {
    return "";
  }
  const std::string time = fmt::format("{:02}:{:02}", *hour, *minute);
  if (fields[4] == "*") {
    return any_day           ? "every day at " + time
           : day && *day > 0 ? fmt::format("every month on {} at {}", *day, time)
                             : "";
  }
  const std::string name = weekday(fields[4]);
  return any_day && !name.empty() ? "every " + name + " at " + time : "";
}

std::string schedule_of(std::string_view word) {
  return word == "@daily" || word == "@midnight" ? "every day at 00:00"
         : word == "@weekly"                     ? "every sun at 00:00"
         : word == "@monthly"                    ? "every month on 1 at 00:00"
                                                 : "";
}

// `root`, and no program that somebody would call without its directory.
bool is_user(std::string_view word, std::string_view behind) {
  static constexpr std::array<std::string_view, 22> kPrograms = {
      "mysqldump", "mariadb-dump", "pg_dump", "pg_dumpall", "tar", "cp",    "rsync", "scp",
      "find",      "nice",         "ionice",  "sudo",       "env", "test",  "cd",    "bash",
      "sh",        "time",         "flock",   "docker",     "ssh", "podman"};
  return behind.find_first_not_of(" \t") != std::string_view::npos && !word.empty() &&
         std::find(kPrograms.begin(), kPrograms.end(), word) == kPrograms.end() &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

}  // namespace

std::optional<CrontabLine> read_crontab_line(std::string_view line) {
  CrontabLine read;
  std::string_view rest = line;
  const std::string_view first = next_word(rest);
  if (first.starts_with('@')) {
    read.schedule = schedule_of(first);
  } else {
    std::array<std::string_view, 5> fields = {first};
    for (std::size_t at = 1; at < fields.size(); ++at) {
      fields[at] = next_word(rest);
    }
    const bool starts = !first.empty() && ((first[0] >= '0' && first[0] <= '9') || first[0] == '*');
    if (!starts || !std::all_of(fields.begin(), fields.end(), is_field)) {
      return std::nullopt;
    }
    read.schedule = schedule_of(fields);
  }
  std::string_view behind = rest;
  if (is_user(next_word(behind), behind)) {
    rest = behind;
  }
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const bool escaped = rest.substr(at).starts_with("\\%");
    read.cut = read.cut || rest[at] == '%';
    at += escaped ? 1 : 0;
    read.command += rest[at];
  }
  return read.command.empty() ? std::nullopt : std::optional(std::move(read));
}

}  // namespace backstay::compiler
