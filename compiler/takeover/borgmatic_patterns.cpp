#include "compiler/takeover/borgmatic_patterns.hpp"

#include <algorithm>

#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/policy_text.hpp"
#include "lang/base/secret_text.hpp"

namespace backstay::compiler {
namespace {

constexpr const char* kReason = "left out by borgmatic, too";

// What a policy's pattern can hold without quotes.
bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+@:=%~*?").find(c) != std::string_view::npos;
  });
}

std::string without_style(const std::string& pattern, std::string& style) {
  if (pattern.size() > 3 && pattern[2] == ':') {
    style = pattern.substr(0, 2);
    return pattern.substr(3);
  }
  style = "fm";
  return pattern;
}

}  // namespace

void read_exclude_pattern(std::size_t line, const std::string& written, Takeover& takeover) {
  std::string style;
  std::string pattern = without_style(written, style);
  while (pattern.size() > 1 && pattern.back() == '/') {
    pattern.pop_back();
  }
  const bool known = !lang::find_secret_in_text(pattern) &&
                     (style == "fm" || style == "sh" || style == "pp" || style == "pf");
  const bool relative_parts =
      pattern.find("/../") != std::string::npos || pattern.find("//") != std::string::npos;
  if (!known || pattern.empty() || !is_plain(pattern) || relative_parts || pattern.size() > 1'000) {
    takeover.note(line, NoteKind::NotUnderstood,
                  "a pattern of a kind that a policy does not have: say it as `except PATTERN "
                  "because \"…\"`");
    return;
  }
  const bool wild = pattern.find_first_of("*?") != std::string::npos;
  if (wild && (style == "pp" || style == "pf")) {
    takeover.note(line, NoteKind::NotUnderstood,
                  "a name with `*` or `?` in it: quote it in an `except`");
    return;
  }
  if (pattern.front() == '/') {
    takeover.excepts.emplace_back(pattern, kReason);
    if (wild && style == "fm") {
      takeover.note(
          line, NoteKind::Taken,
          "there `*` passes over `/`, here it stays within a name (`**` passes): less may be left "
          "out than before");
    }
    return;
  }
  while (pattern.starts_with("**/") || pattern.starts_with("*/")) {
    pattern.erase(0, pattern.find('/') + 1);
  }
  for (const std::string& path : takeover.paths) {
    takeover.excepts.emplace_back((path == "/" ? "" : path) + "/**/" + pattern, kReason);
  }
}

}  // namespace backstay::compiler
