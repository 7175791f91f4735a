#include "runtime/steps/commands.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/system/redact.hpp"

namespace backstay::runtime {
namespace {

std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char letter : word) {
    quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  }
  return quoted + "'";
}

}  // namespace

Result<Command> command_of(const std::vector<std::string>& words) {
  BACKSTAY_CHECK(!words.empty(), "plan::verify proves that commands have a program");
  Command command;
  BACKSTAY_ASSIGN(command.program, find_program(words.front()));
  command.arguments.assign(words.begin() + 1, words.end());
  return command;
}

Result<void> accept_exit(const std::vector<std::string>& words,
                         const std::vector<std::int64_t>& accepts,
                         const Exit& exit) {
  if (!exit.signalled && std::find(accepts.begin(), accepts.end(), exit.code) != accepts.end()) {
    return {};
  }
  return Error{
      .kind = ErrorKind::ToolFailed,
      .message = fmt::format("`{}` ended with {}, which is not accepted (exit {})",
                             shell_words(words), describe(exit), fmt::join(accepts, " or ")),
      .hint = redact_secrets(exit.errors)};
}

Result<void> run_accepted(const std::vector<std::string>& words,
                          const std::vector<std::int64_t>& accepts,
                          StepContext& context) {
  BACKSTAY_ASSIGN(Command command, command_of(words));
  command.drop_output = true;
  BACKSTAY_ASSIGN(const Exit exit, context.world.commands.run(command, context.stop));
  return accept_exit(words, accepts, exit);
}

std::string shell_words(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  std::transform(words.begin(), words.end(), std::back_inserter(quoted), shell_word);
  return fmt::format("{}", fmt::join(quoted, " "));
}

PreviewLine preview_command(const std::vector<std::string>& words) {
  const auto command = command_of(words);
  if (!command) {
    return {.problem = true, .text = to_string(command.error())};
  }
  std::vector<std::string> full = words;
  full.front() = command->program;
  return {.text = "runs " + shell_words(full)};
}

}  // namespace backstay::runtime
