// The step kinds that support.cpp refuses or leaves: their execute() is honest about it.
#include <fmt/format.h>

#include "compiler/plan/plan_text.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::runtime {
namespace {

// A run with such a step does not begin; this is for whoever calls the step alone.
Error refused(const StepContext& context) {
  return {.kind = ErrorKind::ToolMissing,
          .message = fmt::format("this version does not carry out `{}`",
                                 plan::kind_of(context.step.action)),
          .hint = fmt::format("it is asked for by {}", context.step.from)};
}

Preview refused_preview(const StepContext& context) {
  return {{.problem = true,
           .text = fmt::format("this version does not {} ({}; asked for by {})",
                               plan::describe(context.step.action),
                               plan::kind_of(context.step.action), context.step.from)}};
}

}  // namespace

#define BACKSTAY_NOT_YET(Kind)                                               \
  Result<void> execute(const plan::Kind& /*action*/, StepContext& context) { \
    return refused(context);                                                 \
  }                                                                          \
  Preview preview(const plan::Kind& /*action*/, StepContext& context) {      \
    return refused_preview(context);                                         \
  }

BACKSTAY_NOT_YET(MirrorTree)
BACKSTAY_NOT_YET(ReplicateFiles)

#undef BACKSTAY_NOT_YET

// Nothing is lost by keeping more than the retention asks for.
Result<void> execute(const plan::PruneTarget& /*action*/, StepContext& /*context*/) {
  return {};
}

Preview preview(const plan::PruneTarget& action, StepContext& /*context*/) {
  return {{.text = fmt::format("a run removes nothing from {}: `backstay prune` does it",
                               action.target)}};
}

}  // namespace backstay::runtime
