// A database belongs to one service: restored with two, the second restore would undo the first.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

/// The fact that named a database first, and its service.
struct Owner {
  const Service* service;
  const DatabaseFact* fact;
};

/// The one that stands further down is shown as the mistake.
void report(const DatabaseServer& server,
            Owner first,
            Owner second,
            lang::Diagnostics& diagnostics) {
  if (second.fact->name.span < first.fact->name.span) {
    std::swap(first, second);
  }
  const std::string what =
      second.fact->all ? fmt::format("all further databases of `{}`", server.name)
                       : fmt::format("database `{}` of `{}`", second.fact->name.value, server.name);
  lang::Diagnostic finding{
      .kind = lang::DiagnosticKind::DatabaseOwnedTwice,
      .primary = second.fact->name.span,
      .message = fmt::format("{} belong{} to `{}` and to `{}`", what, second.fact->all ? "" : "s",
                             first.service->name, second.service->name),
      .help = fmt::format("name it in one service; the other one may say `needs {}`",
                          first.service->name),
  };
  add_label(finding, first.fact->name.span, fmt::format("`{}` names it here", first.service->name));
  add_service_label(finding, *first.service, first.fact->span);
  add_service_label(finding, *second.service, second.fact->span);
  diagnostics.add(std::move(finding));
}

}  // namespace

void check_database_owners(const Policy& policy, lang::Diagnostics& diagnostics) {
  // Keyed by server, whether it is `all`, and name.
  std::map<std::tuple<Index, bool, std::string>, Owner> owners;
  for (const Service& service : policy.services) {
    if (!is_protected(service)) {
      continue;
    }
    for (const DatabaseFact& fact : service.databases) {
      const auto [known, is_new] = owners.try_emplace(
          {fact.server.value, fact.all, fact.all ? std::string{} : fact.name.value},
          Owner{&service, &fact});
      if (!is_new) {
        report(policy.servers[fact.server.value], known->second, {&service, &fact}, diagnostics);
      }
    }
  }
}

}  // namespace backstay::compiler
