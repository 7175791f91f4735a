// stop-units, start-units: what was active before is active again afterwards, and nothing else.
#include <fmt/format.h>

#include "runtime/journal/stopped_units.hpp"
#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"

namespace backstay::runtime {
namespace {

// Only a backup gets here without systemd: it could not keep its promise.
Result<void> need_systemd(StepContext& context) {
  if (systemd_runs(context.world.files) && context.stopped != nullptr) {
    return {};
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = "units cannot be stopped: no systemd runs on this machine",
               .hint = "take `quiesce stop` out, or back up where systemd runs"};
}

Preview preview_units(const std::vector<std::string>& units,
                      std::string_view verb,
                      StepContext& context) {
  if (!systemd_runs(context.world.files)) {
    return {{.problem = true, .text = "no systemd runs on this machine"}};
  }
  ServiceManager manager(context.world.commands, context.stop);
  Preview lines;
  for (const std::string& unit : units) {
    const auto active = manager.is_active(unit);
    if (!active) {
      lines.push_back({.problem = true, .text = to_string(active.error())});
    } else {
      lines.push_back({.text = *active ? fmt::format("systemctl {} {}", verb, unit)
                                       : fmt::format("{} is not active: it stays so", unit)});
    }
  }
  return lines;
}

Preview preview_by_hand(const std::string& why) {
  if (why.empty()) {
    return {};
  }
  return {{.text = fmt::format("left to you ({}); see the last step", why)}};
}

// A server's units take up the restored configuration; one that did not run stays as it is.
Result<void> restart(const plan::StartUnits& action, ServiceManager& manager) {
  for (const std::string& unit : action.units) {
    BACKSTAY_ASSIGN(const bool active, manager.is_active(unit));
    if (active) {
      BACKSTAY_TRY(manager.restart(unit));
    }
  }
  return {};
}

}  // namespace

Result<void> execute(const plan::StopUnits& action, StepContext& context) {
  if (const auto why = units_left_to_hands(context)) {
    if (!why->empty()) {
      context.events.warning(context.step.id, fmt::format("the units of {} are not stopped: {}",
                                                          action.service, *why));
    }
    return {};
  }
  BACKSTAY_TRY(need_systemd(context));
  ServiceManager manager(context.world.commands, context.stop);
  for (const std::string& unit : action.units) {
    BACKSTAY_TRY(context.stopped->stop(manager, unit));
  }
  return {};
}

Preview preview(const plan::StopUnits& action, StepContext& context) {
  if (const auto why = units_left_to_hands(context)) {
    return preview_by_hand(*why);
  }
  return preview_units(action.units, "stop", context);
}

Result<void> execute(const plan::StartUnits& action, StepContext& context) {
  if (const auto why = units_left_to_hands(context)) {
    if (action.restart && !why->empty()) {
      context.restore->checklist.push_back(fmt::format(
          "its configuration was restored: systemctl restart {}", shell_words(action.units)));
    }
    return {};
  }
  BACKSTAY_TRY(need_systemd(context));
  ServiceManager manager(context.world.commands, context.stop);
  if (action.restart) {
    return restart(action, manager);
  }
  std::vector<std::string> others;
  for (const std::string& unit : action.units) {
    BACKSTAY_ASSIGN(const bool started, context.stopped->start(manager, unit));
    if (!started) {
      others.push_back(unit);
    }
  }
  if (context.restore != nullptr) {
    context.restore->started.insert(action.service);
    if (!others.empty()) {
      context.restore->checklist.push_back(
          fmt::format("was not active before, start {} if it shall be: systemctl start {}",
                      action.service, shell_words(others)));
    }
  }
  return {};
}

Preview preview(const plan::StartUnits& action, StepContext& context) {
  if (const auto why = units_left_to_hands(context)) {
    return preview_by_hand(*why);
  }
  return preview_units(action.units, action.restart ? "restart" : "start", context);
}

}  // namespace backstay::runtime
