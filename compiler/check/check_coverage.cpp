// Nothing is forgotten: every service is in a backup, every declaration is used.
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/file_components.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/target_places.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// Marks on the declarations of one kind.
using Marks = std::vector<bool>;

Marks covered_services(const Policy& policy) {
  Marks covered(policy.services.size(), false);
  for (const Backup& backup : policy.backups) {
    for (const Reference& service : backup.services) {
      covered[service.value] = true;
    }
  }
  return covered;
}

/// A policy without a backup is one mistake, not one for each service.
void report_no_backup(const Policy& policy,
                      const std::vector<const Service*>& uncovered,
                      Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::UncoveredService,
      .primary = policy.span,
      .message = fmt::format("policy `{}` has services and no `backup`", policy.name),
      .help = "add a `backup` that covers them: `cover all services`",
  };
  for (const Service* service : uncovered) {
    if (finding.labels.size() < kMostLabels) {
      add_label(finding, service->span, "never backed up");
    }
  }
  diagnostics.add(std::move(finding));
}

void check_services(const Policy& policy, Diagnostics& diagnostics) {
  const Marks covered = covered_services(policy);
  std::vector<const Service*> uncovered;
  for (Index number = 0; number < policy.services.size(); ++number) {
    if (!covered[number] && is_protected(policy.services[number])) {
      uncovered.push_back(&policy.services[number]);
    }
  }
  if (policy.backups.empty() && !uncovered.empty()) {
    report_no_backup(policy, uncovered, diagnostics);
    return;
  }
  for (const Service* service : uncovered) {
    Diagnostic finding{
        .kind = DiagnosticKind::UncoveredService,
        .primary = service->span,
        .message = fmt::format("no backup covers service `{}`", service->name),
        .help =
            "cover it in a `backup`, or say why not in the service: `unprotected because \"…\"`",
    };
    for (const Backup& backup : policy.backups) {
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, backup.covers_all.value_or(backup.span),
                  backup.covers_all ? "leaves it out" : "does not cover it");
      }
    }
    diagnostics.add(std::move(finding));
  }
}

/// What to do with an unused declaration, by its kind.
std::string unused_help(const std::string& kind) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kUses{{
      {"group", "put a service `on` it"},
      {"host", "put a service `on` it"},
      {"key", "`seal` a target with it"},
      {"mariadb", "let a service name its databases: `database … on` it"},
      {"notify", "name it in a `backup` or a `drill`"},
      {"param", "use it as a value"},
      {"postgresql", "let a service name its databases: `database … on` it"},
      {"profile", "start a service `from` it"},
      {"retention", "`keep` it in a `backup`"},
      {"schedule", "`run` it in a `backup`"},
      {"secret", "use it as a `login`"},
      {"site", "say what lies `at` it"},
      {"target", "back up `to` it"},
  }};
  for (const auto& [name, use] : kUses) {
    if (name == kind) {
      return fmt::format("remove it, or {}", use);
    }
  }
  return "remove it";
}

/// Hosts that a target names in its text: `rsync "backup@archive01:/srv"`.
std::set<std::string_view> hosts_of_targets(const Policy& policy) {
  std::set<std::string_view> names;
  for (const TargetPlace& place : target_places(policy)) {
    if (place.host) {
      names.insert(policy.hosts[*place.host].name);
    }
  }
  return names;
}

/// What an imported file declares may be there for other policies, and is not looked at.
void check_unused(const Policy& policy, Diagnostics& diagnostics) {
  const std::set<std::string_view> targeted = hosts_of_targets(policy);
  for (const Unreferenced& unused : policy.unreferenced) {
    const bool is_targeted = unused.kind == "host" && targeted.contains(unused.name);
    if (unused.span.file == policy.span.file && !is_targeted) {
      diagnostics.add({
          .kind = DiagnosticKind::UnusedDeclaration,
          .primary = unused.span,
          .message = fmt::format("nothing uses {} `{}`", unused.kind, unused.name),
          .help = unused_help(unused.kind),
      });
    }
  }
}

}  // namespace

void check_coverage(const Policy& policy, Diagnostics& diagnostics) {
  check_services(policy, diagnostics);
  check_unused(policy, diagnostics);
}

}  // namespace backstay::compiler
