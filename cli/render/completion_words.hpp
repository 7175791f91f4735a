// What can be typed after `backstay`: read from the command line's own description, so that a
// completion knows every verb and option that there is.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace backstay::cli {

/// An option, or a verb's argument (without names) whose values are known.
struct CompletionOption {
  std::vector<std::string> names;  ///< with dashes
  std::string description;         ///< one line
  bool takes_value = false;
  std::vector<std::string> choices;  ///< of its value; empty: anything, as a file's name
};

/// A verb by its words: "" for the program, "schedule", "schedule install".
struct CompletionVerb {
  std::string words;
  std::string description;
  std::vector<CompletionOption> options;  ///< its own, then those of the verbs above it
  std::vector<std::string> choices;       ///< of its arguments
  std::vector<std::size_t> verbs;         ///< places in the list of those below it
};

/// The program first, then every verb below it.
[[nodiscard]] std::vector<CompletionVerb> completion_verbs(const CLI::App& app);

}  // namespace backstay::cli
