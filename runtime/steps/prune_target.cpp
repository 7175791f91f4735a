// prune-target: left to `backstay prune`, which shows what goes and asks.
#include <fmt/format.h>

#include "runtime/steps/steps.hpp"

namespace backstay::runtime {

// Nothing is lost by keeping more than the retention asks for.
Result<void> execute(const plan::PruneTarget& /*action*/, StepContext& /*context*/) {
  return {};
}

Preview preview(const plan::PruneTarget& action, StepContext& /*context*/) {
  return {{.text = fmt::format("a run removes nothing from {}: `backstay prune` does it",
                               action.target)}};
}

}  // namespace backstay::runtime
