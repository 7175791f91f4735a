// Trees that must never be copied as files: a running server's data, and the backups themselves.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// The components of one host, found by place.
struct HostComponents {
  std::vector<const FileComponent*> components;
  std::optional<PatternIndex> index;
};

using Hosts = std::map<Index, HostComponents>;

Hosts group_by_host(const FileComponents& components) {
  Hosts hosts;
  for (const FileComponent& component : components.all()) {
    if (component.kind != FileComponent::Kind::SqliteSideFile) {
      hosts[component.host].components.push_back(&component);
    }
  }
  for (auto& [host, group] : hosts) {
    std::vector<const PathPattern*> patterns;
    for (const FileComponent* component : group.components) {
      patterns.push_back(&component->pattern);
    }
    group.index.emplace(patterns);
  }
  return hosts;
}

/// A component that selects something of a place, with an example.
struct Intruder {
  const FileComponent* component;
  std::string path;
};

/// Finds the components of a host that select `place` or something below it.
std::vector<Intruder> find_intruders(const Hosts& hosts,
                                     Index host,
                                     const Located<std::string>& place,
                                     const FileComponents& components,
                                     Diagnostics& diagnostics) {
  std::vector<Intruder> intruders;
  const auto group = hosts.find(host);
  const auto pattern = PathPattern::literal(place.value);
  if (group == hosts.end() || !pattern) {
    return intruders;
  }
  for (const Index number : group->second.index->near(pattern->prefix())) {
    const FileComponent& component = *group->second.components[number];
    const PathAnswer answer =
        find_path({{components.selection(component, pattern->prefix()), {&*pattern}}});
    if (answer.found()) {
      intruders.push_back({&component, answer.path});
    } else if (answer.too_complex()) {
      report_too_complex(component.span, fmt::format("`{}` selects {}", component.id, place.value),
                         components.rule_labels(component, pattern->prefix()), diagnostics);
    }
  }
  return intruders;
}

void check_data_directories(const Policy& policy,
                            const FileComponents& components,
                            const Hosts& hosts,
                            Diagnostics& diagnostics) {
  for (const DatabaseServer& server : policy.servers) {
    if (!server.datadir) {
      continue;
    }
    const Index host = server.host ? server.host->value : no_host;
    for (const Intruder& intruder :
         find_intruders(hosts, host, *server.datadir, components, diagnostics)) {
      const FileComponent& component = *intruder.component;
      Diagnostic finding{
          .kind = DiagnosticKind::LiveDataDirectory,
          .primary = component.span,
          .message = fmt::format("`{}` selects the data directory of the running server `{}`",
                                 component.id, server.name),
          .witness = {fmt::format("{} changes while it is read", intruder.path)},
          .help = fmt::format("add `except {} because \"dumped, never copied\"` to service `{}`",
                              server.datadir->value, policy.services[component.service].name),
      };
      add_label(finding, server.datadir->span, "its data directory");
      add_service_label(finding, policy.services[component.service], component.span);
      diagnostics.add(std::move(finding));
    }
  }
}

/// Hosts on which each target's directory is written.
std::vector<std::set<Index>> hosts_of_targets(const Policy& policy) {
  std::vector<std::set<Index>> hosts(policy.targets.size());
  for (Index number = 0; number < policy.targets.size(); ++number) {
    if (policy.targets[number].host) {
      hosts[number].insert(policy.targets[number].host->value);
    }
  }
  for (const Backup& backup : policy.backups) {
    if (!backup.target || policy.targets[backup.target->value].host) {
      continue;
    }
    for (const Reference& service : backup.services) {
      hosts[backup.target->value].insert(host_of(policy.services[service.value]));
    }
  }
  return hosts;
}

void check_targets(const Policy& policy,
                   const FileComponents& components,
                   const Hosts& hosts,
                   Diagnostics& diagnostics) {
  const std::vector<std::set<Index>> target_hosts = hosts_of_targets(policy);
  for (Index number = 0; number < policy.targets.size(); ++number) {
    const Target& target = policy.targets[number];
    if (!target.directory) {
      continue;
    }
    for (const Index host : target_hosts[number]) {
      for (const Intruder& intruder :
           find_intruders(hosts, host, *target.directory, components, diagnostics)) {
        const FileComponent& component = *intruder.component;
        const bool is_below = component.path.size() > target.directory->value.size();
        Diagnostic finding{
            .kind = DiagnosticKind::TargetInsideSource,
            .primary = target.directory->span,
            .message = is_below ? fmt::format("`{}` backs up a part of target `{}`", component.id,
                                              target.name)
                                : fmt::format("target `{}` lies inside what `{}` backs up",
                                              target.name, component.id),
            .witness = {fmt::format("each backup would hold {} and so all backups before it",
                                    intruder.path)},
            .help =
                is_below
                    ? fmt::format("move the target, or remove `path {}`", component.path)
                    : fmt::format("move the target, or add `except {} because \"backups\"` to "
                                  "service `{}`",
                                  target.directory->value, policy.services[component.service].name),
        };
        add_label(finding, component.span, fmt::format("`{}` selects it here", component.id));
        add_service_label(finding, policy.services[component.service], component.span);
        diagnostics.add(std::move(finding));
      }
    }
  }
}

}  // namespace

void check_dangerous_places(const Policy& policy,
                            const FileComponents& components,
                            Diagnostics& diagnostics) {
  const Hosts hosts = group_by_host(components);
  check_data_directories(policy, components, hosts, diagnostics);
  check_targets(policy, components, hosts, diagnostics);
}

}  // namespace backstay::compiler
