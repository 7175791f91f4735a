// What a reader of the plan must know of each service beyond its steps.
#include <algorithm>

#include "compiler/lower/lower_parts.hpp"
#include "compiler/lower/service_order.hpp"

namespace backstay::compiler {
namespace {

std::vector<std::string> units_of(const std::vector<Located<std::string>>& located) {
  std::vector<std::string> units;
  units.reserve(located.size());
  for (const Located<std::string>& unit : located) {
    units.push_back(unit.value);
  }
  return units;
}

template <typename Item>
std::vector<std::string> names_of(const std::vector<Item>& items,
                                  const std::vector<Reference>& references) {
  std::vector<std::string> names;
  names.reserve(references.size());
  for (const Reference& reference : references) {
    names.push_back(items[reference.value].name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string unprotected_because(const Service& service) {
  for (const UnprotectedFact& fact : service.unprotected) {
    if (!fact.path) {
      return value_of(fact.because);
    }
  }
  return {};
}

plan::Service lower_service(const Policy& policy, const Service& service) {
  plan::Service lowered{.name = service.name,
                        .hosts = names_of(policy.hosts, service.hosts),
                        .needs = names_of(policy.services, service.needs),
                        .units = units_of(service.units),
                        .held = {},
                        .checks = {},
                        .external = service.external.has_value(),
                        .unprotected_because = unprotected_because(service)};
  for (const HeldFact& held : service.held) {
    lowered.held.push_back({.units = units_of(held.units), .because = value_of(held.because)});
  }
  for (const CheckFact& check : service.checks) {
    lowered.checks.push_back(
        {.command = check.command, .accepts = check.accepts, .within = check.within});
  }
  return lowered;
}

}  // namespace

std::vector<plan::Service> lower_services(const Policy& policy) {
  std::vector<plan::Service> services;
  services.reserve(policy.services.size());
  for (const Index index : starting_order(policy.services)) {
    services.push_back(lower_service(policy, policy.services[index]));
  }
  return services;
}

}  // namespace backstay::compiler
