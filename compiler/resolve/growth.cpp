#include "compiler/resolve/growth.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace backstay::compiler {
namespace {

std::size_t components_of(const Service& service) {
  const std::size_t hosts = std::max<std::size_t>(service.hosts.size(), 1);
  return hosts * (service.paths.size() + service.sqlites.size() + service.mirrors.size()) +
         service.databases.size() + service.exports.size();
}

}  // namespace

bool may_grow(std::size_t& count,
              std::size_t more,
              std::size_t limit,
              const Span& place,
              const char* what,
              lang::Diagnostics& diagnostics) {
  const bool reported = count > limit;
  count += more;
  if (count > limit && !reported) {
    diagnostics.add({.kind = lang::DiagnosticKind::PolicyTooLarge,
                     .primary = place,
                     .message = fmt::format("{} more than {}", what, limit),
                     .primary_label = "the limit is passed here",
                     .help = "split the policy into several"});
  }
  return count <= limit;
}

void check_growth(const Policy& policy, lang::Diagnostics& diagnostics) {
  std::size_t components = 0;
  for (const Backup& backup : policy.backups) {
    std::size_t more = 0;
    for (const Reference& service : backup.services) {
      more += components_of(policy.services[service.value]);
    }
    if (!may_grow(components, more, kMostComponents, backup.span,
                  "the components that the policy's backups capture, each once a host, are",
                  diagnostics)) {
      return;
    }
  }
}

}  // namespace backstay::compiler
