#include "runtime/restore/by_hand.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "runtime/restore/restore.hpp"
#include "runtime/steps/recorded_units.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

bool is_held(const plan::Service& service, const std::string& unit) {
  return std::any_of(service.held.begin(), service.held.end(), [&](const auto& held) {
    return std::find(held.units.begin(), held.units.end(), unit) != held.units.end();
  });
}

}  // namespace

bool touches_services(const RestoreRequest& request) {
  return request.in_place || (request.to_directory.empty() && request.database_suffix.empty());
}

std::set<std::string> approved_steps(const plan::Plan* given,
                                     const std::string& backup,
                                     const std::vector<plan::Step>& steps) {
  std::set<std::string> approved;
  const plan::Backup* same = given == nullptr ? nullptr : given->backup(backup);
  if (same == nullptr) {
    return approved;
  }
  std::map<std::string_view, const plan::Step*> by_id;
  for (const plan::Step& step : same->restore) {
    by_id.emplace(step.id, &step);
  }
  for (const plan::Step& step : steps) {
    const auto found = by_id.find(step.id);
    if (found != by_id.end() && found->second->action == step.action) {
      approved.insert(step.id);
    }
  }
  return approved;
}

std::optional<std::string> left_to_hands(const StepContext& context) {
  if (context.restore == nullptr) {
    return std::nullopt;
  }
  if (!touches_services(context.restore->request)) {
    return "";
  }
  if (!context.restore->approved.contains(context.step.id)) {
    return "it is not so in a plan that you gave";
  }
  return std::nullopt;
}

std::optional<std::string> units_left_to_hands(const StepContext& context) {
  if (auto why = left_to_hands(context)) {
    return why;
  }
  if (context.restore != nullptr && !systemd_runs(context.world.files)) {
    return "no systemd runs here";
  }
  return std::nullopt;
}

bool service_will_be_up(const std::string& name, StepContext& context) {
  const plan::Service* service = context.plan.service(name);
  if (service == nullptr) {
    return false;
  }
  const bool starts = context.restore->started.contains(name);
  ServiceManager manager(context.world.commands, context.stop);
  return std::all_of(service->units.begin(), service->units.end(), [&](const std::string& unit) {
    const auto recorded = recorded_active(context, unit);
    if (is_held(*service, unit) || !recorded.value_or(true) || (starts && recorded)) {
      return true;
    }
    const auto active =
        systemd_runs(context.world.files) ? manager.is_active(unit) : Result<bool>(false);
    return active && *active;
  });
}

bool service_is_up(const std::string& name, StepContext& context) {
  const plan::Service* service = context.plan.service(name);
  if (service == nullptr) {
    return false;
  }
  const bool systemd = systemd_runs(context.world.files);
  ServiceManager manager(context.world.commands, context.stop);
  return std::all_of(service->units.begin(), service->units.end(), [&](const std::string& unit) {
    if (is_held(*service, unit) || !recorded_active(context, unit).value_or(true)) {
      return true;
    }
    const auto active = systemd ? manager.is_active(unit) : Result<bool>(false);
    return active && *active;
  });
}

}  // namespace backstay::runtime
