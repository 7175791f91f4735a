// Commands that a policy names: hooks, exports, probes. No shell; the exit status decides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// A command ready to run, its program found in the system's directories. Errors: ToolMissing.
[[nodiscard]] Result<Command> command_of(const std::vector<std::string>& words);

/// Runs it to its end. Errors: ToolFailed where the exit status is not one of `accepts`, with what
/// the command said; as CommandRunner::run.
[[nodiscard]] Result<void> run_accepted(const std::vector<std::string>& words,
                                        const std::vector<std::int64_t>& accepts,
                                        StepContext& context);

/// Errors as run_accepted, for a command that has run.
[[nodiscard]] Result<void> accept_exit(const std::vector<std::string>& words,
                                       const std::vector<std::int64_t>& accepts,
                                       const Exit& exit);

/// Quoted for a shell where a word needs it: for lines that a person types.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

/// A dry run's line: what would be run, or why it could not be.
[[nodiscard]] PreviewLine preview_command(const std::vector<std::string>& words);

}  // namespace backstay::runtime
