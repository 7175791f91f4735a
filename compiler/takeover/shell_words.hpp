// Lines of a shell script as words, as far as that can be told without running anything.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::compiler {

/// A word of a command. What only the running script could know stands in it as kUnknown.
struct ShellWord {
  std::string text;
  bool glob = false;    ///< an unquoted `*`, `?` or `[`
  bool listed = false;  ///< one of several that a loop goes through
  /// Which word of the line it stands for, from 1: all of a list are of one.
  std::size_t written = 0;

  [[nodiscard]] bool is_known() const;
};

inline constexpr char kUnknown = '\x01';

/// `a | b`, with where it writes to.
struct ShellPipeline {
  std::size_t line = 0;  ///< of its first word, from 1
  std::vector<std::vector<ShellWord>> commands = {};
  std::string output = {};  ///< `> FILE`, empty: none
  bool ignored = false;     ///< `|| true` or `|| :`
};

/// Values of variables: lists of words, for `for` loops over written lists.
using ShellVariables = std::map<std::string, std::vector<std::string>>;

/// One logical line: its text without continuations, and the number of its first line.
struct ShellLine {
  std::size_t line = 0;
  std::string text = {};
};

/// The lines without comments and empty ones; here documents are one line with what begins them,
/// an array `NAME=(…)` is the variable of its words.
[[nodiscard]] std::vector<ShellLine> shell_lines(std::string_view text);

/// What stands in `$(…)` and in back quotes of a line, outermost first.
[[nodiscard]] std::vector<std::string> shell_substitutions(std::string_view line);

/// The pipelines of one line, variables put in: without quotes around them they are split at
/// blanks. False in `whole` where quotes do not end.
[[nodiscard]] std::vector<ShellPipeline> shell_pipelines(const ShellLine& line,
                                                         const ShellVariables& variables,
                                                         bool& whole);

}  // namespace backstay::compiler
