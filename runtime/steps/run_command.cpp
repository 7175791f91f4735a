// run-command: a hook of a service, before or after a backup or a restore.
#include <fmt/format.h>

#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"

namespace backstay::runtime {

Result<void> execute(const plan::RunCommand& action, StepContext& context) {
  if (const auto why = left_to_hands(context)) {
    if (!why->empty()) {
      context.restore->checklist.push_back(fmt::format(
          "{} of {}: {} ({})", action.moment, action.service, shell_words(action.command), *why));
    }
    return {};
  }
  return run_accepted(action.command, action.accepts, context);
}

Preview preview(const plan::RunCommand& action, StepContext& context) {
  if (const auto why = left_to_hands(context)) {
    if (why->empty()) {
      return {};
    }
    return {{.text = fmt::format("by hand: {} ({})", shell_words(action.command), *why)}};
  }
  return {preview_command(action.command)};
}

}  // namespace backstay::runtime
