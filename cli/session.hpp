// What every command shares: the global options, and how it speaks.
//
// Data goes to stdout, messages and progress to stderr; `-q` silences messages that are no errors.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "lang/base/render.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// When to colour.
enum class Color : std::uint8_t { Auto, Always, Never };

/// The global options and the outcome. One a process.
class Session {
 public:
  Color color = Color::Auto;
  bool quiet = false;
  std::string config_dir;  ///< empty: by environment or default
  std::string state_dir;
  std::string directory_words;  ///< the options of both as they were typed, words for a shell
  ExitCode exit_code = ExitCode::Done;

  /// NO_COLOR, --color and whether `descriptor` is a terminal decide.
  [[nodiscard]] bool use_color(int descriptor) const;
  /// Whether the locale is UTF-8.
  [[nodiscard]] static bool use_unicode();
  [[nodiscard]] lang::RenderOptions render_options(int descriptor) const;

  /// Writes data; a failing stdout (a full disk, a closed pipe) makes the command fail.
  void print(std::string_view text);
  /// A message for people; silent with -q.
  void say(std::string_view text) const;
  /// `error: …` and its hint; sets the exit code.
  void fail(const Error& error);
  void fail(ExitCode code, std::string_view message, std::string_view hint = {});
};

/// Control bytes made visible, so that no name or output can steer a terminal, and none can make a
/// line of its own: lang::printable_message().
[[nodiscard]] std::string printable(std::string_view text);
/// The same of a text whose lines are ours: a unit file, a record for a signature. Newlines stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// `NAME=VALUE` words of --set. Errors: Usage.
[[nodiscard]] Result<std::map<std::string, std::string>> parse_settings(
    const std::vector<std::string>& words);

}  // namespace backstay::cli
