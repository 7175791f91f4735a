// Lines of a crontab (crontab(5)): when, as whom, and the command that the shell gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backstay::compiler {

struct CrontabLine {
  std::string schedule;  ///< as a policy says it; empty: no rule of a policy says the same
  std::string command;   ///< with `\%` as `%`
  bool cut = false;      ///< an unescaped `%` ends it for cron: here it goes on, as was meant
};

/// One line of a crontab; nothing where it is none. A user before the command is passed over.
[[nodiscard]] std::optional<CrontabLine> read_crontab_line(std::string_view line);

}  // namespace backstay::compiler
