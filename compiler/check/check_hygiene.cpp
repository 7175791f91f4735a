// What makes a policy hard to trust: a decision without its reason, a secret in plain sight, tables
// that must not be restored like others.
#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/secret_literals.hpp"

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

void check_system_schemas(const Service& service, Diagnostics& diagnostics) {
  constexpr std::array<std::string_view, 4> kSystem{"information_schema", "mysql",
                                                    "performance_schema", "sys"};
  for (const DatabaseFact& fact : service.databases) {
    if (fact.all || std::find(kSystem.begin(), kSystem.end(), fact.name.value) == kSystem.end()) {
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

void check_arguments(const Service& service, Diagnostics& diagnostics) {
  for (const CheckFact& fact : service.checks) {
    const std::optional<std::string> reason = find_secret_literal(fact.command);
    if (!reason) {
      continue;
    }
    // The text itself stays out of the finding: findings end up in logs.
    Diagnostic finding{
        .kind = DiagnosticKind::SecretInArguments,
        .primary = fact.span,
        .message =
            fmt::format("a `check` of service `{}` holds a secret: {}", service.name, *reason),
        .help =
            "let the program read it from a file that only root may read, and change it now: "
            "it has been written down",
    };
    add_service_label(finding, service, fact.span);
    diagnostics.add(std::move(finding));
  }
}

}  // namespace

void check_hygiene(const Policy& policy, Diagnostics& diagnostics) {
  for (const Service& service : policy.services) {
    check_reasons(service, diagnostics);
    check_system_schemas(service, diagnostics);
    check_arguments(service, diagnostics);
  }
}

}  // namespace backstay::compiler
