#include "compiler/resolve/named_services.hpp"

#include <algorithm>

#include "compiler/resolve/growth.hpp"

namespace backstay::compiler {
namespace {

// On purpose not backed up: no `cover all` means it.
bool stands_outside(const Service& service) {
  return service.external || std::any_of(service.unprotected.begin(), service.unprotected.end(),
                                         [](const UnprotectedFact& fact) { return !fact.path; });
}

std::vector<Reference> all_but(const std::vector<Service>& services,
                               const std::vector<Reference>& excepted,
                               const Span& place) {
  std::vector<bool> out(services.size(), false);
  for (const Reference& service : excepted) {
    out[service.value] = true;
  }
  std::vector<Reference> covered;
  for (Index index = 0; index < services.size(); ++index) {
    if (!out[index] && !stands_outside(services[index])) {
      covered.push_back({index, place});
    }
  }
  return covered;
}

}  // namespace

std::vector<Reference> named_services(Context& context,
                                      const FactReader& fact,
                                      const Values& names,
                                      const std::vector<Service>& services) {
  if (fact.begins_with("all")) {
    if (!may_grow(context.services_named, services.size(), kMostServicesNamed, fact.span(),
                  "the services that `all services` stands for, all together, are",
                  context.diagnostics)) {
      return {};
    }
    const Values excepted = fact.clause("except");
    return all_but(services, refer_all(context, DeclarationKind::Service, excepted), fact.span());
  }
  return refer_all(context, DeclarationKind::Service, names);
}

}  // namespace backstay::compiler
