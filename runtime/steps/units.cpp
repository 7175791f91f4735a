// stop-units, start-units: what was active before is active again afterwards, and nothing else.
#include <functional>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/journal/stopped_units.hpp"
#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/recorded_units.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/stop_scope.hpp"

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

PreviewLine preview_stop(ServiceManager& manager, const std::string& unit) {
  const auto scope = find_stop_scope(manager, unit);
  if (!scope) {
    return {.problem = true, .text = to_string(scope.error())};
  }
  std::vector<std::string> stopped = scope->triggers;
  if (scope->active) {
    stopped.push_back(unit);
  }
  if (stopped.empty()) {
    return {.text = fmt::format("{} is not active: it stays so", unit)};
  }
  return {.text = fmt::format("systemctl stop {}{}{}", fmt::join(stopped, " "),
                              scope->along.empty() ? "" : ", which stops along ",
                              fmt::join(scope->along, " "))};
}

PreviewLine preview_start(ServiceManager& manager, const std::string& unit) {
  const auto active = manager.is_active(unit);
  if (!active) {
    return {.problem = true, .text = to_string(active.error())};
  }
  return {.text = *active ? fmt::format("systemctl start {}", unit)
                          : fmt::format("{} is not active: it stays so", unit)};
}

Preview preview_each(const std::vector<std::string>& units,
                     StepContext& context,
                     const std::function<PreviewLine(ServiceManager&, const std::string&)>& line) {
  if (!systemd_runs(context.world.files)) {
    return {{.problem = true, .text = "no systemd runs on this machine"}};
  }
  ServiceManager manager(context.world.commands, context.stop);
  Preview lines;
  for (const std::string& unit : units) {
    lines.push_back(line(manager, unit));
  }
  return lines;
}

Preview preview_by_hand(const std::string& why) {
  if (why.empty()) {
    return {};
  }
  return {{.text = fmt::format("left to you ({}); see the last step", why)}};
}

// A server's units take up the restored configuration. One that did not run stays as it is, unless
// it is known to have run: its databases cannot come back without it.
Result<void> restart(const plan::StartUnits& action, StepContext& context) {
  ServiceManager manager(context.world.commands, context.stop);
  enable_as_recorded(action.units, context);
  for (const std::string& unit : action.units) {
    BACKSTAY_ASSIGN(const bool active, manager.is_active(unit));
    if (active || recorded_active(context, unit).value_or(false)) {
      BACKSTAY_TRY(manager.restart(unit));
    }
  }
  return {};
}

Preview preview_restart(const std::vector<std::string>& units, StepContext& context) {
  if (!systemd_runs(context.world.files)) {
    return {{.problem = true, .text = "no systemd runs on this machine"}};
  }
  ServiceManager manager(context.world.commands, context.stop);
  Preview lines = preview_at_boot(units, context);
  for (const std::string& unit : units) {
    const auto active = manager.is_active(unit);
    if (!active) {
      lines.push_back({.problem = true, .text = to_string(active.error())});
    } else if (*active || recorded_active(context, unit).value_or(false)) {
      lines.push_back({.text = fmt::format("systemctl restart {}", unit)});
    } else {
      lines.push_back({.text = fmt::format("{} is not active: it stays so", unit)});
    }
  }
  return lines;
}

// One that does not start keeps no other one down. The first failure is told.
Result<void> start_all(const std::vector<std::string>& units, StepContext& context) {
  ServiceManager manager(context.world.commands, context.stop);
  std::optional<Error> first;
  for (const std::string& unit : units) {
    auto started = context.stopped->start(manager, unit);
    if (!started && !first) {
      first = std::move(started).error();
    }
  }
  return first ? Result<void>(*std::move(first)) : Result<void>();
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
  return preview_each(action.units, context, preview_stop);
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
  if (action.restart) {
    return restart(action, context);
  }
  if (context.restore == nullptr) {
    return start_all(action.units, context);
  }
  context.restore->started.insert(action.service);
  return start_as_recorded(action.units, context);
}

Preview preview(const plan::StartUnits& action, StepContext& context) {
  if (const auto why = units_left_to_hands(context)) {
    return preview_by_hand(*why);
  }
  if (context.restore != nullptr && !action.restart) {
    context.restore->started.insert(action.service);
    return preview_as_recorded(action.units, context);
  }
  if (action.restart) {
    return preview_restart(action.units, context);
  }
  return preview_each(action.units, context, preview_start);
}

}  // namespace backstay::runtime
