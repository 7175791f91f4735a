#include "cli/session.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <langinfo.h>
#include <unistd.h>

#include "cli/standard_error.hpp"
#include "lang/base/printable.hpp"

namespace backstay::cli {

bool Session::use_color(int descriptor) const {
  switch (color) {
    case Color::Always:
      return true;
    case Color::Never:
      return false;
    case Color::Auto:
      break;
  }
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: any non-empty value
  return (no_color == nullptr || *no_color == '\0') && ::isatty(descriptor) == 1;
}

bool Session::use_unicode() {
  return std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
}

lang::RenderOptions Session::render_options(int descriptor) const {
  return {.color = use_color(descriptor), .unicode = use_unicode()};
}

void Session::print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    fail(ExitCode::RunFailed, "standard output cannot be written");
  }
}

void Session::say(std::string_view text) const {
  if (!quiet) {
    write_stderr(printable(text) + "\n");
  }
}

void Session::fail(const Error& error) {
  fail(exit_code_for(error.kind), to_string(error), error.hint);
}

void Session::fail(ExitCode code, std::string_view message, std::string_view hint) {
  const bool colored = use_color(STDERR_FILENO);
  write_stderr(fmt::format("{}error{}: {}\n", colored ? "\x1b[1;31m" : "", colored ? "\x1b[0m" : "",
                           printable(message)));
  if (!hint.empty()) {
    write_stderr(fmt::format("  {}help{}: {}\n", colored ? "\x1b[1m" : "", colored ? "\x1b[0m" : "",
                             printable(hint)));
  }
  exit_code = code;
}

std::string printable(std::string_view text) {
  return lang::printable_message(text);
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (bool more = true; more;) {
    const std::size_t end = text.find('\n');
    more = end != std::string_view::npos;
    out += lang::printable(text.substr(0, end), true) + (more ? "\n" : "");
    text.remove_prefix(more ? end + 1 : text.size());
  }
  return out;
}

Result<std::map<std::string, std::string>> parse_settings(const std::vector<std::string>& words) {
  std::map<std::string, std::string> settings;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("--set takes NAME=VALUE, not `{}`", word)};
    }
    if (!settings.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("parameter `{}` is set twice", word.substr(0, equals))};
    }
  }
  return settings;
}

}  // namespace backstay::cli
