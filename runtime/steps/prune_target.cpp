// prune-target: left to what comes behind a timer's run, and to `backstay prune`, which asks.
#include <fmt/format.h>

#include "runtime/steps/steps.hpp"

namespace backstay::runtime {

// Nothing is lost by keeping more than the retention asks for.
Result<void> execute(const plan::PruneTarget& /*action*/, StepContext& /*context*/) {
  return {};
}

Preview preview(const plan::PruneTarget& action, StepContext& /*context*/) {
  return {{.text = fmt::format(
               "the run itself removes nothing from {}: what comes behind a timer's run "
               "(`--then-prune`) does, and `backstay prune`",
               action.target)}};
}

}  // namespace backstay::runtime
