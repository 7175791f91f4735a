// Facts of a service that could not do what they say: nothing to stop, nothing to copy, nobody to
// copy to, a unit that another service starts.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/file_components.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

void report(DiagnosticKind kind,
            const Service& service,
            const Span& place,
            std::string message,
            std::string help,
            Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = kind, .primary = place, .message = std::move(message), .help = std::move(help)};
  add_service_label(finding, service, place);
  diagnostics.add(std::move(finding));
}

void check_quiesce(const Service& service, Diagnostics& diagnostics) {
  if (service.quiesce_stop && service.units.empty()) {
    report(DiagnosticKind::QuiesceWithoutUnits, service, *service.quiesce_stop,
           fmt::format("`quiesce stop` stops nothing: service `{}` has no units", service.name),
           "name what writes to its data with `units …`, or remove the line", diagnostics);
  }
}

bool is_captured(const Service& service) {
  return is_protected(service) &&
         !(service.paths.empty() && service.sqlites.empty() && service.databases.empty() &&
           service.exports.empty() && service.mirrors.empty());
}

void check_hooks(const Service& service, Diagnostics& diagnostics) {
  if (is_captured(service)) {
    return;
  }
  const std::string why = service.external         ? "is external"
                          : !is_protected(service) ? "is unprotected"
                                                   : "has nothing that is captured";
  const auto idle = [&](std::string_view word, const Span& place) {
    report(DiagnosticKind::HookNeverRuns, service, place,
           fmt::format("`{}` never runs: service `{}` {}", word, service.name, why),
           "remove the line, or give the service a `path`, a `database` or an `export`",
           diagnostics);
  };
  const std::pair<std::string_view, const std::optional<HookFact>&> hooks[] = {
      {"before-backup", service.before_backup},
      {"after-backup", service.after_backup},
      {"before-restore", service.before_restore},
      {"after-restore", service.after_restore},
  };
  for (const auto& [word, hook] : hooks) {
    if (hook) {
      idle(word, hook->span);
    }
  }
  if (service.quiesce_stop && !service.units.empty()) {
    idle("quiesce stop", *service.quiesce_stop);
  }
}

/// What an external service says of its data would be read, and then be left out without a word.
void check_external(const Service& service, Diagnostics& diagnostics) {
  if (!service.external) {
    return;
  }
  std::vector<std::pair<std::string_view, Span>> kept;
  const auto add = [&](std::string_view word, const auto& facts) {
    for (const auto& fact : facts) {
      kept.emplace_back(word, fact.span);
    }
  };
  add("path", service.paths);
  add("sqlite", service.sqlites);
  add("database", service.databases);
  add("export", service.exports);
  add("mirror", service.mirrors);
  add("replicate", service.replicas);
  add("units", service.units);
  if (kept.empty()) {
    return;
  }
  Diagnostic finding{
      .kind = DiagnosticKind::ExternalWithData,
      .primary = kept.front().second,
      .message =
          fmt::format("service `{}` is external, but says `{}`", service.name, kept.front().first),
      .help = "an external service has no data and no units here: remove them, or `external`",
  };
  add_label(finding, service.external->span, "somebody else's");
  for (const auto& [word, span] : kept) {
    if (finding.labels.size() < kMostLabels) {
      add_label(finding, span, "and this");
    }
  }
  add_service_label(finding, service, kept.front().second);
  diagnostics.add(std::move(finding));
}

/// A unit and the service that starts it.
using Starters = std::map<std::string_view, std::pair<const Service*, const Located<std::string>*>>;

void check_held(const Service& service, const Starters& starters, Diagnostics& diagnostics) {
  for (const HeldFact& held : service.held) {
    for (const Located<std::string>& unit : held.units) {
      const auto starter = starters.find(unit.value);
      if (starter == starters.end() || starter->second.first == &service) {
        continue;
      }
      const auto& [other, started] = starter->second;
      Diagnostic finding{
          .kind = DiagnosticKind::HeldByAnother,
          .primary = unit.span,
          .message = fmt::format("`{}` is held by service `{}` and started by service `{}`",
                                 unit.value, service.name, other->name),
          .help =
              fmt::format("hold it in service `{}`, or take it out of its `units`", other->name),
      };
      add_label(finding, started->span, "started here");
      add_service_label(finding, service, unit.span);
      add_service_label(finding, *other, started->span);
      diagnostics.add(std::move(finding));
    }
  }
}

void check_replicas(const Policy& policy, const Service& service, Diagnostics& diagnostics) {
  for (const ReplicateFact& fact : service.replicas) {
    const Group& group = policy.groups[fact.group.value];
    const bool leaves_home =
        std::any_of(group.members.begin(), group.members.end(), [&](const Reference& member) {
          return std::none_of(service.hosts.begin(), service.hosts.end(),
                              [&](const Reference& host) { return host.value == member.value; });
        });
    if (leaves_home) {
      continue;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::ReplicaAtHome,
        .primary = fact.group.span,
        .message = fmt::format("`{}` is replicated to no other host: group `{}` holds only where "
                               "service `{}` lives",
                               fact.path.value, group.name, service.name),
        .help = "name a group with the hosts that need the copy",
    };
    add_label(finding, group.span, "this group");
    for (const Reference& host : service.hosts) {
      add_label(finding, host.span, fmt::format("`{}` lives here", service.name));
    }
    add_service_label(finding, service, fact.span);
    diagnostics.add(std::move(finding));
  }
}

/// All services that must run for `target` to be reached.
std::set<Index> closure_of(const Policy& policy, const Target& target) {
  std::set<Index> closure;
  std::vector<Index> open;
  const auto add = [&](const std::vector<Reference>& needs) {
    for (const Reference& need : needs) {
      if (closure.insert(need.value).second) {
        open.push_back(need.value);
      }
    }
  };
  add(target.needs);
  while (!open.empty()) {
    const Index service = open.back();
    open.pop_back();
    add(policy.services[service].needs);
  }
  return closure;
}

/// A backup that stops what its own target needs cannot store what it captures.
void check_stopped_targets(const Policy& policy, Diagnostics& diagnostics) {
  std::map<Index, std::set<Index>> closures;
  for (const Backup& backup : policy.backups) {
    if (!backup.target || policy.targets[backup.target->value].needs.empty()) {
      continue;
    }
    const Target& target = policy.targets[backup.target->value];
    const auto [closure, is_new] = closures.try_emplace(backup.target->value);
    if (is_new) {
      closure->second = closure_of(policy, target);
    }
    for (const Reference& covered : backup.services) {
      const Service& service = policy.services[covered.value];
      if (!service.quiesce_stop || !closure->second.contains(covered.value)) {
        continue;
      }
      Diagnostic finding{
          .kind = DiagnosticKind::TargetStopped,
          .primary = *service.quiesce_stop,
          .message = fmt::format("backup `{}` stops service `{}`, which its target `{}` needs",
                                 backup.name, service.name, target.name),
          .help = "capture it live, or store it in a target that does without it",
      };
      add_label(finding, backup.target->span, fmt::format("stored in `{}`", target.name));
      for (const Reference& need : target.needs) {
        add_label(finding, need.span,
                  fmt::format("`{}` needs `{}`", target.name, policy.services[need.value].name));
      }
      add_service_label(finding, service, *service.quiesce_stop);
      diagnostics.add(std::move(finding));
    }
  }
}

}  // namespace

void check_service_facts(const Policy& policy, Diagnostics& diagnostics) {
  Starters starters;
  for (const Service& service : policy.services) {
    for (const Located<std::string>& unit : service.units) {
      starters.try_emplace(unit.value, &service, &unit);
    }
  }
  for (const Service& service : policy.services) {
    check_external(service, diagnostics);
    check_quiesce(service, diagnostics);
    check_hooks(service, diagnostics);
    check_held(service, starters, diagnostics);
    check_replicas(policy, service, diagnostics);
  }
  check_stopped_targets(policy, diagnostics);
}

}  // namespace backstay::compiler
