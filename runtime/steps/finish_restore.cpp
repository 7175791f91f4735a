// finish-restore: says what was set aside and what is left to do by hand, in order.
//
// Units are stopped and started, and services probed, by steps of their own; here is the list of
// what those left: where no systemd runs, or the plan that was given says something else.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/contains.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

bool is_held(const plan::Service& service, const std::string& unit) {
  return std::any_of(service.held.begin(), service.held.end(),
                     [&](const plan::HeldUnits& held) { return contains(held.units, unit); });
}

bool has_component_in(const plan::Service& service, const std::set<std::string>& scope) {
  const auto prefix = service.name + ".";
  const auto first = scope.lower_bound(prefix);
  return first != scope.end() && first->starts_with(prefix);
}

bool needs_one_of(const plan::Service& service, const std::vector<std::string>& names) {
  return std::any_of(service.needs.begin(), service.needs.end(),
                     [&](const std::string& name) { return contains(names, name); });
}

/// The services of this host that the restore touches and those that depend on them, in starting
/// order. In the plan each service stands behind what it needs, so one pass finds all.
std::vector<const plan::Service*> affected_services(const StepContext& context) {
  std::vector<const plan::Service*> services;
  std::vector<std::string> names;
  for (const auto& service : context.plan.services) {
    const bool here = contains(service.hosts, context.step.host);
    if (!here || service.external) {
      continue;
    }
    if (has_component_in(service, context.restore->components) || needs_one_of(service, names)) {
      services.push_back(&service);
      names.push_back(service.name);
    }
  }
  return services;
}

std::vector<std::string> lines_for_stopping(const std::vector<const plan::Service*>& services) {
  std::vector<std::string> lines;
  for (auto service = services.rbegin(); service != services.rend(); ++service) {
    auto units = (*service)->units;
    std::reverse(units.begin(), units.end());
    if (!units.empty()) {
      lines.push_back(
          fmt::format("stop {}: systemctl stop {}", (*service)->name, shell_words(units)));
    }
  }
  return lines;
}

void add_starting(const plan::Service& service,
                  const RestoreRun& run,
                  bool starts,
                  std::vector<std::string>& lines) {
  std::vector<std::string> units;
  std::copy_if(service.units.begin(), service.units.end(), std::back_inserter(units),
               [&](const std::string& unit) { return !is_held(service, unit); });
  if (starts && !units.empty() && !run.started.contains(service.name)) {
    lines.push_back(fmt::format("start {}: systemctl start {}", service.name, shell_words(units)));
  }
  for (const auto& held : service.held) {
    lines.push_back(fmt::format("leave stopped: {}{}", shell_words(held.units),
                                held.because.empty() ? "" : " (" + held.because + ")"));
  }
  for (const auto& probe :
       run.checked.contains(service.name) ? std::vector<plan::Probe>{} : service.checks) {
    lines.push_back(fmt::format("check {} within {}: {} (exit {})", service.name,
                                to_human(probe.within), shell_words(probe.command),
                                fmt::join(probe.accepts, " or ")));
  }
}

bool is_about_units(const plan::Step& step) {
  return std::holds_alternative<plan::StopUnits>(step.action) ||
         std::holds_alternative<plan::StartUnits>(step.action);
}

/// Whether the plan stops or starts a service here. One of an earlier version has no steps about
/// units, and stops and starts all that the restore touches.
bool plan_does(const StepContext& context, std::string_view verb, const std::string& service) {
  const auto& steps = context.backup.restore;
  const std::string id = fmt::format("{}{}@{}", verb, service, context.step.host);
  return std::none_of(steps.begin(), steps.end(), is_about_units) ||
         std::any_of(steps.begin(), steps.end(),
                     [&](const plan::Step& step) { return step.id == id; });
}

/// Those whose step is not carried out by this restore.
std::vector<const plan::Service*> services_by_hand(const StepContext& context,
                                                   std::string_view verb) {
  auto services = affected_services(context);
  std::erase_if(services, [&](const plan::Service* service) {
    return !plan_does(context, verb, service->name);
  });
  if (systemd_runs(context.world.files)) {
    std::erase_if(services, [&](const plan::Service* service) {
      return context.restore->approved.contains(
          fmt::format("{}{}@{}", verb, service->name, context.step.host));
    });
  }
  return services;
}

std::vector<std::string> lines_for_after(const StepContext& context) {
  std::vector<std::string> lines;
  for (const auto* service : affected_services(context)) {
    add_starting(*service, *context.restore, plan_does(context, "start.", service->name), lines);
  }
  return lines;
}

}  // namespace

Result<void> execute(const plan::FinishRestore& /*action*/, StepContext& context) {
  auto& run = *context.restore;
  if (touches_services(context.restore->request)) {
    const auto lines = lines_for_after(context);
    run.checklist.insert(run.checklist.end(), lines.begin(), lines.end());
  }
  return {};
}

Preview preview(const plan::FinishRestore& /*action*/, StepContext& context) {
  Preview lines;
  if (touches_services(context.restore->request)) {
    for (auto& line : lines_for_stopping(services_by_hand(context, "stop."))) {
      lines.push_back({.text = "before, by hand: " + line});
    }
    for (auto& line : lines_for_after(context)) {
      lines.push_back({.text = "after, by hand: " + line});
    }
  }
  if (context.restore->request.in_place) {
    lines.push_back(
        {.text = "what is replaced is set aside as NAME.orig-RUN and stays until you remove it"});
  }
  return lines;
}

}  // namespace backstay::runtime
