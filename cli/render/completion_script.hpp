// Completion of the command line, as a script for a shell.
#pragma once

#include <string>
#include <vector>

#include "cli/render/completion_words.hpp"

namespace backstay::cli {

/// For bash 4 and later: to be sourced, or laid into bash-completion's directory as `backstay`.
[[nodiscard]] std::string bash_completion(const std::vector<CompletionVerb>& verbs);

/// For zsh: a file `_backstay` in a directory of $fpath.
[[nodiscard]] std::string zsh_completion(const std::vector<CompletionVerb>& verbs);

/// For fish 3 and later: a file `backstay.fish` in its directory of completions.
[[nodiscard]] std::string fish_completion(const std::vector<CompletionVerb>& verbs);

}  // namespace backstay::cli
