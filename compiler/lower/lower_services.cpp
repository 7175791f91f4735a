// What a reader of the plan must know of each service beyond its steps.
#include <algorithm>

#include "compiler/lower/lower_parts.hpp"
#include "compiler/lower/service_order.hpp"

namespace backstay::compiler {
namespace {

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
                        .units = values_of(service.units),
                        .held = {},
                        .checks = {},
                        .external = service.external.has_value(),
                        .unprotected_because = unprotected_because(service)};
  lowered.external_because = value_of(service.external);
  lowered.instant_with = names_of(policy.services, service.instant_with);
  lowered.quiesce_stop = service.quiesce_stop.has_value();
  lowered.owner = value_of(service.owner);
  if (service.size) {
    lowered.size = to_string(service.size->size.value);
    lowered.changes = canonical(service.size->changes);
  }
  for (const SealedByFact& fact : service.sealed_by) {
    lowered.sealed_by.push_back(fact.path.value);
  }
  for (const UnprotectedFact& fact : service.unprotected) {
    if (fact.path) {
      lowered.unprotected_paths.push_back(
          {.path = fact.path->value, .because = value_of(fact.because)});
    }
  }
  for (const HeldFact& held : service.held) {
    lowered.held.push_back({.units = values_of(held.units), .because = value_of(held.because)});
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
