// check-service: the probes of a service, each repeated until it is accepted or its time is over.
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"

namespace backstay::runtime {
namespace {

Result<void> probe_until_accepted(const plan::Probe& probe, StepContext& context) {
  const auto until = context.world.clock.steady_now() + std::chrono::seconds(probe.within.seconds);
  while (true) {
    auto answer = run_accepted(probe.command, probe.accepts, context);
    if (answer || answer.error().kind != ErrorKind::ToolFailed ||
        context.world.clock.steady_now() >= until || context.stop.stop_requested()) {
      return answer;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace

Result<void> execute(const plan::CheckService& action, StepContext& context) {
  // What is not probed here stands on the list of the last step.
  if (left_to_hands(context) || !service_is_up(action.service, context)) {
    return {};
  }
  for (const plan::Probe& probe : action.checks) {
    auto answer = probe_until_accepted(probe, context);
    if (!answer) {
      return std::move(answer).error().while_doing("checking service " + action.service);
    }
  }
  context.restore->checked.insert(action.service);
  return {};
}

Preview preview(const plan::CheckService& action, StepContext& context) {
  if (const auto why = left_to_hands(context)) {
    return why->empty()
               ? Preview{}
               : Preview{{.text = fmt::format("left to you ({}); see the last step", *why)}};
  }
  if (!service_will_be_up(action.service, context)) {
    return {{.text = fmt::format("left to you, as not all units of {} will be active; see the last "
                                 "step",
                                 action.service)}};
  }
  context.restore->checked.insert(action.service);
  Preview lines;
  for (const plan::Probe& probe : action.checks) {
    PreviewLine line = preview_command(probe.command);
    line.text += fmt::format(", within {}", to_human(probe.within));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace backstay::runtime
