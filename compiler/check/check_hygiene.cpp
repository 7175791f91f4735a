// What makes a policy hard to trust: a decision without its reason, tables that must not be
// restored like others, a whole cluster taken for one server.
#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

bool is_blank(const std::optional<Located<std::string>>& text) {
  return !text || text->value.find_first_not_of(" \t") == std::string::npos;
}

void report_missing_because(const Service& service,
                            const Span& place,
                            const std::string& what,
                            const std::string& question,
                            Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::MissingBecause,
      .primary = place,
      .message = fmt::format("{} of service `{}` gives no reason", what, service.name),
      .help = fmt::format("add `because \"…\"`: {}", question),
  };
  add_service_label(finding, service, place);
  diagnostics.add(std::move(finding));
}

void check_reasons(const Service& service, Diagnostics& diagnostics) {
  for (const RuleFact& rule : service.excepts) {
    if (is_blank(rule.because)) {
      report_missing_because(service, rule.pattern.span,
                             fmt::format("`except {}`", rule.pattern.value),
                             "why may this be lost?", diagnostics);
    }
  }
  for (const UnprotectedFact& fact : service.unprotected) {
    if (is_blank(fact.because)) {
      report_missing_because(service, fact.span, "`unprotected`", "why may this be lost?",
                             diagnostics);
    }
  }
  for (const HeldFact& fact : service.held) {
    if (is_blank(fact.because)) {
      report_missing_because(service, fact.span, "`held`",
                             "what must be looked at before these units start?", diagnostics);
    }
  }
  if (service.external && is_blank(service.external)) {
    report_missing_because(service, service.external->span, "`external`",
                           "who backs it up, and where is that written?", diagnostics);
  }
}

bool is_system_database(ServerKind kind, std::string_view name) {
  constexpr std::array<std::string_view, 4> kMariadb{"information_schema", "mysql",
                                                     "performance_schema", "sys"};
  constexpr std::array<std::string_view, 2> kPostgresql{"template0", "template1"};
  switch (kind) {
    case ServerKind::Mariadb:
      return std::find(kMariadb.begin(), kMariadb.end(), name) != kMariadb.end();
    case ServerKind::Postgresql:
      return std::find(kPostgresql.begin(), kPostgresql.end(), name) != kPostgresql.end();
  }
  return false;
}

void check_system_schemas(const Policy& policy, const Service& service, Diagnostics& diagnostics) {
  for (const DatabaseFact& fact : service.databases) {
    const DatabaseServer& server = policy.servers[fact.server.value];
    if (fact.all || !is_system_database(server.kind, fact.name.value)) {
      continue;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::SystemSchema,
        .primary = fact.name.span,
        .message = fmt::format("`{}` is a system schema of the server", fact.name.value),
        .help =
            "remove it: accounts and grants are kept with the server, as statements that any "
            "version reads back",
    };
    add_service_label(finding, service, fact.span);
    diagnostics.add(std::move(finding));
  }
}

/// A cluster's databases are restored one by one, and by name: what "all" was is known too late.
void check_clusters(const Policy& policy, const Service& service, Diagnostics& diagnostics) {
  for (const DatabaseFact& fact : service.databases) {
    const DatabaseServer& server = policy.servers[fact.server.value];
    if (!fact.all || !server.galera) {
      continue;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::AllOnCluster,
        .primary = fact.name.span,
        .message = fmt::format("`database all` on the Galera cluster `{}`", server.name),
        .witness = {"a database that somebody creates next year is captured, and no restore of the "
                    "cluster puts it back in place"},
        .help = "name the databases, so that each has a service that restores it",
    };
    add_label(finding, *server.galera, "a cluster");
    add_service_label(finding, service, fact.span);
    add_subject(finding, "mariadb", server.name);
    diagnostics.add(std::move(finding));
  }
}

}  // namespace

void check_hygiene(const Policy& policy, Diagnostics& diagnostics) {
  for (const Service& service : policy.services) {
    check_reasons(service, diagnostics);
    check_system_schemas(policy, service, diagnostics);
    check_clusters(policy, service, diagnostics);
  }
}

}  // namespace backstay::compiler
