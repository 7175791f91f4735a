#include "compiler/resolve/named_services.hpp"

#include <algorithm>

namespace backstay::compiler {
namespace {

// On purpose not backed up: no `cover all` means it.
bool stands_outside(const Service& service) {
  return service.external || std::any_of(service.unprotected.begin(), service.unprotected.end(),
                                         [](const UnprotectedFact& fact) { return !fact.path; });
}

std::vector<Reference> references(Context& context, const Values& names) {
  std::vector<Reference> services;
  for (const Value& name : names) {
    if (const auto service = refer_index(context, DeclarationKind::Service, name)) {
      services.push_back(*service);
    }
  }
  return services;
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

// In the order of their indices; a service named twice is reported.
void sort_services(Context& context, std::vector<Reference>& services) {
  std::stable_sort(
      services.begin(), services.end(),
      [](const Reference& one, const Reference& other) { return one.value < other.value; });
  for (std::size_t at = 1; at < services.size(); ++at) {
    if (services[at].value == services[at - 1].value) {
      context.diagnostics.add({.kind = lang::DiagnosticKind::DuplicateFact,
                               .primary = services[at].span,
                               .message = "the service is named twice",
                               .labels = {{services[at - 1].span, "first named here"}},
                               .help = "take one of them out"});
    }
  }
}

}  // namespace

std::vector<Reference> named_services(Context& context,
                                      const FactReader& fact,
                                      const std::vector<Service>& services) {
  if (fact.begins_with("all")) {
    return all_but(services, references(context, fact.clause("except")), fact.span());
  }
  std::vector<Reference> named = references(context, fact.values());
  sort_services(context, named);
  return named;
}

}  // namespace backstay::compiler
