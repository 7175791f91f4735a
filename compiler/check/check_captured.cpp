// A service of which something is promised holds something, and one that is not to be backed up
// is not.
//
// A run over a service without data ends well and keeps nothing, and every promise about it would
// be called proven.
#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/file_components.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/service_parts.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

void report_nothing(const Service& service,
                    const std::vector<Span>& required,
                    lang::Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::MissingFact,
      .primary = service.span,
      .message =
          fmt::format("service `{}` holds nothing that a promise could be about", service.name),
      .help =
          "give it a `path`, a `sqlite`, a `database` or an `export`, or say that it has "
          "nothing to keep: `unprotected because \"…\"`",
  };
  for (const Span& span : required) {
    if (finding.labels.size() < kMostLabels) {
      add_label(finding, span, "promises something of it");
    }
  }
  add_subject(finding, "service", service.name);
  diagnostics.add(std::move(finding));
}

void report_external(const Service& service, const Span& required, lang::Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::ConflictingFacts,
      .primary = required,
      .message =
          fmt::format("service `{}` is external: nothing can be promised of it here", service.name),
      .help = "take it out of `require`: whoever keeps it promises it",
  };
  add_label(finding, service.external->span, "somebody else's");
  add_subject(finding, "service", service.name);
  diagnostics.add(std::move(finding));
}

void check_promised(const Policy& policy, lang::Diagnostics& diagnostics) {
  std::vector<std::vector<Span>> required(policy.services.size());
  for (const Requirement& requirement : policy.requirements) {
    for (const Reference& service : requirement.services) {
      required[service.value].push_back(service.span);
    }
  }
  for (Index number = 0; number < policy.services.size(); ++number) {
    const Service& service = policy.services[number];
    const bool holds = holds_points(service) || !service.mirrors.empty();
    if (required[number].empty()) {
      continue;
    }
    if (service.external) {
      report_external(service, required[number].front(), diagnostics);
    } else if (is_protected(service) && !holds) {
      report_nothing(service, required[number], diagnostics);
    }
  }
}

const UnprotectedFact* given_up(const Service& service) {
  const auto found = std::find_if(service.unprotected.begin(), service.unprotected.end(),
                                  [](const UnprotectedFact& fact) { return !fact.path; });
  return found == service.unprotected.end() ? nullptr : &*found;
}

bool is_within(const Span& block, const Span& span) {
  return block.file == span.file && block.begin <= span.begin && span.end <= block.end;
}

/// The first of its data that is said beside `unprotected`. A service that gives up what its
/// profile holds has none.
std::optional<Span> data_beside(const Service& service, const UnprotectedFact& given_up) {
  std::optional<Span> first;
  const bool is_own = is_within(service.block, given_up.span);
  const auto look_at = [&](const auto& facts) {
    for (const auto& fact : facts) {
      const bool beside = is_within(service.block, fact.span) || !is_own;
      first = beside && (!first || fact.span < *first) ? fact.span : first;
    }
  };
  look_at(service.paths);
  look_at(service.sqlites);
  look_at(service.databases);
  look_at(service.exports);
  look_at(service.mirrors);
  return first;
}

void report_given_up(const Service& service,
                     const UnprotectedFact& given_up,
                     const Span& against,
                     std::string message,
                     std::string help,
                     lang::Diagnostics& diagnostics) {
  Diagnostic finding{.kind = DiagnosticKind::ConflictingFacts,
                     .primary = against,
                     .message = std::move(message),
                     .help = std::move(help)};
  add_label(finding, given_up.span, "not backed up, on purpose");
  add_subject(finding, "service", service.name);
  add_service_label(finding, service, given_up.span);
  diagnostics.add(std::move(finding));
}

void check_given_up(const Policy& policy, lang::Diagnostics& diagnostics) {
  for (const Service& service : policy.services) {
    const UnprotectedFact* const fact = given_up(service);
    const auto beside = fact == nullptr ? std::nullopt : data_beside(service, *fact);
    if (beside) {
      report_given_up(
          service, *fact, *beside,
          fmt::format("service `{}` is unprotected, so this is never backed up", service.name),
          "remove it, or say `unprotected PATH` of the part that is not to be kept", diagnostics);
    }
  }
  for (const Backup& backup : policy.backups) {
    for (const Reference& covered : backup.services) {
      const Service& service = policy.services[covered.value];
      if (const UnprotectedFact* const fact = given_up(service)) {
        report_given_up(service, *fact, covered.span,
                        fmt::format("backup `{}` covers service `{}`, which is unprotected",
                                    backup.name, service.name),
                        "take it out of `cover`, or remove `unprotected`", diagnostics);
      }
    }
  }
}

}  // namespace

void check_captured(const Policy& policy, lang::Diagnostics& diagnostics) {
  check_promised(policy, diagnostics);
  check_given_up(policy, diagnostics);
}

}  // namespace backstay::compiler
