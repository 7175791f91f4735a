// The commands that backup scripts are made of: what each takes, and what is unsafe in it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/takeover/shell_words.hpp"
#include "compiler/takeover/takeover.hpp"

namespace backstay::compiler {

/// One command of a pipeline, with what surrounds it.
struct ScriptCommand {
  std::size_t line = 0;
  std::string program;           ///< without its directory
  std::vector<ShellWord> words;  ///< behind it
  std::string output;            ///< of the pipeline: `> FILE`
  bool piped = false;            ///< another command reads what it prints
  bool reads = false;            ///< it reads what another one prints
  bool removes = false;          ///< `| xargs rm` stands behind it
  bool pipefail = false;
  bool ignored = false;  ///< `|| true`
};

/// Reads one command into the takeover. False where nothing is known of it.
[[nodiscard]] bool read_script_command(const ScriptCommand& command, Takeover& takeover);

/// `what` as an absolute path without a trailing `/`; empty where it is none, or not known.
[[nodiscard]] std::string script_path(const ShellWord& word);

}  // namespace backstay::compiler
