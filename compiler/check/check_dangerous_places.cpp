// Trees that must never be copied as files: a running server's data, the backups themselves, and
// what the tool writes while it runs.
#include <array>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/target_places.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// By class of host.
using Hosts = std::vector<PlacedComponents>;

Hosts group_by_class(const FileComponents& components) {
  Hosts hosts;
  for (const HostClass& one : components.hosts().all()) {
    PlacedComponents& group = hosts.emplace_back();
    for (const Index service : one.services) {
      group.add(components, service);
    }
  }
  return hosts;
}

/// A component that selects something of a place, with an example.
struct Intruder {
  const FileComponent* component;
  std::string path;
};

/// Finds the components of a host that select `place` or something below it.
std::vector<Intruder> find_intruders(Hosts& hosts,
                                     Index host,
                                     const Located<std::string>& place,
                                     const FileComponents& components,
                                     Diagnostics& diagnostics) {
  std::vector<Intruder> intruders;
  const Index* const group = components.hosts().find(host);
  const auto pattern = PathPattern::literal(place.value);
  if (group == nullptr || !pattern) {
    return intruders;
  }
  for (const Index number : hosts[*group].near(pattern->prefix())) {
    const FileComponent& component = *hosts[*group].components[number];
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

/// How to take `place` out of what a component selects.
std::string way_out(const Policy& policy,
                    const FileComponent& component,
                    const std::string& place,
                    std::string_view reason) {
  if (component.kind == FileComponent::Kind::Mirror) {
    return "mirror a narrower path: a mirror copies all of its own";
  }
  return fmt::format("add `except {} because \"{}\"` to service `{}`", place, reason,
                     policy.services[component.service].name);
}

/// Makes the component and its service subjects, and shows their lines.
void add_component_label(const Policy& policy,
                         const FileComponent& component,
                         Diagnostic& finding) {
  add_label(finding, component.span, fmt::format("`{}` selects it here", component.id));
  add_service_label(finding, policy.services[component.service], component.span);
  add_subject(finding, "component", component.id);
}

void report_data_directory(const Policy& policy,
                           const DatabaseServer& server,
                           const Intruder& intruder,
                           Diagnostics& diagnostics) {
  const FileComponent& component = *intruder.component;
  Diagnostic finding{
      .kind = DiagnosticKind::LiveDataDirectory,
      .primary = component.span,
      .message = fmt::format("`{}` selects the data directory of the running server `{}`",
                             component.id, server.name),
      .witness = {fmt::format("{} changes while it is read", intruder.path)},
      .help = way_out(policy, component, server.datadir->value, "dumped, never copied"),
  };
  add_label(finding, server.datadir->span, "its data directory");
  add_component_label(policy, component, finding);
  diagnostics.add(std::move(finding));
}

void check_data_directories(const Policy& policy,
                            const FileComponents& components,
                            Hosts& hosts,
                            Diagnostics& diagnostics) {
  for (const DatabaseServer& server : policy.servers) {
    if (!server.datadir) {
      continue;
    }
    for (const Index host : hosts_of(server)) {
      for (const Intruder& intruder :
           find_intruders(hosts, host, *server.datadir, components, diagnostics)) {
        report_data_directory(policy, server, intruder, diagnostics);
      }
    }
  }
}

/// Where the tool keeps its journals, catalogue and replicas, and what it needs while it runs.
constexpr std::array<std::string_view, 2> kOwnPlaces{"/var/lib/backstay", "/run/backstay"};

void report_own_files(const Policy& policy,
                      std::string_view place,
                      const Intruder& intruder,
                      Diagnostics& diagnostics) {
  const FileComponent& component = *intruder.component;
  Diagnostic finding{
      .kind = DiagnosticKind::OwnFilesSelected,
      .primary = component.span,
      .message = fmt::format("`{}` selects what Backstay keeps for itself", component.id),
      .witness = {fmt::format("a restore would put back an old {} while it writes there",
                              intruder.path)},
      .help = way_out(policy, component, std::string(place), "state of the backup tool itself"),
  };
  if (component.path.starts_with(place)) {
    finding.help = "remove the line: the stores hold all that a restore needs";
  }
  add_component_label(policy, component, finding);
  diagnostics.add(std::move(finding));
}

void check_own_files(const Policy& policy,
                     const FileComponents& components,
                     Hosts& hosts,
                     Diagnostics& diagnostics) {
  for (const HostClass& one : components.hosts().all()) {
    for (const std::string_view place : kOwnPlaces) {
      const Located<std::string> located{std::string(place), {}};
      for (const Intruder& intruder :
           find_intruders(hosts, one.hosts.front(), located, components, diagnostics)) {
        report_own_files(policy, place, intruder, diagnostics);
      }
    }
  }
}

/// Hosts on which each target is written, be it by way of the network.
std::vector<std::set<Index>> hosts_of_targets(const Policy& policy,
                                              const std::vector<TargetPlace>& places) {
  std::vector<std::set<Index>> hosts(policy.targets.size());
  const auto add = [&](Index target, const Service& service) {
    if (places[target].on_each_host) {
      for (const Index host : hosts_of(service)) {
        hosts[target].insert(host);
      }
    }
  };
  for (Index number = 0; number < policy.targets.size(); ++number) {
    if (places[number].host) {
      hosts[number].insert(*places[number].host);
    }
  }
  for (const Backup& backup : policy.backups) {
    for (const Reference& covered : backup.services) {
      const Service& service = policy.services[covered.value];
      if (backup.target) {
        add(backup.target->value, service);
      }
      for (const CopyFact& copy : backup.copies) {
        add(copy.target.value, service);
      }
    }
  }
  for (const Service& service : policy.services) {
    for (const MirrorFact& mirror : service.mirrors) {
      add(mirror.target.value, service);
    }
  }
  return hosts;
}

/// One host of each class in which one of `hosts` is: those of a class give the same answers.
std::vector<Index> one_of_each_class(const std::set<Index>& hosts,
                                     const FileComponents& components) {
  std::set<Index> seen;
  std::vector<Index> chosen;
  for (const Index host : hosts) {
    const Index* const place = components.hosts().find(host);
    if (place != nullptr && seen.insert(*place).second) {
      chosen.push_back(host);
    }
  }
  return chosen;
}

void report_target(const Policy& policy,
                   const Target& target,
                   const Located<std::string>& place,
                   const Intruder& intruder,
                   Diagnostics& diagnostics) {
  const FileComponent& component = *intruder.component;
  const bool is_below = component.path.size() > place.value.size();
  Diagnostic finding{
      .kind = DiagnosticKind::TargetInsideSource,
      .primary = place.span,
      .message = is_below
                     ? fmt::format("`{}` backs up a part of target `{}`", component.id, target.name)
                     : fmt::format("target `{}` lies inside what `{}` backs up", target.name,
                                   component.id),
      .witness = {fmt::format("each backup would hold {} and so all backups before it",
                              intruder.path)},
      .help =
          "move the target, or " + (is_below ? fmt::format("remove `path {}`", component.path)
                                             : way_out(policy, component, place.value, "backups")),
  };
  add_component_label(policy, component, finding);
  add_subject(finding, "target", target.name);
  diagnostics.add(std::move(finding));
}

void check_targets(const Policy& policy,
                   const FileComponents& components,
                   Hosts& hosts,
                   Diagnostics& diagnostics) {
  const std::vector<TargetPlace> places = target_places(policy);
  const std::vector<std::set<Index>> target_hosts = hosts_of_targets(policy, places);
  for (Index number = 0; number < policy.targets.size(); ++number) {
    const Target& target = policy.targets[number];
    const auto& said = target.directory ? target.directory : target.remote;
    if (places[number].path.empty() || !said) {
      continue;
    }
    const Located<std::string> place{places[number].path, said->span};
    for (const Index host : one_of_each_class(target_hosts[number], components)) {
      for (const Intruder& intruder : find_intruders(hosts, host, place, components, diagnostics)) {
        report_target(policy, target, place, intruder, diagnostics);
      }
    }
  }
}

}  // namespace

void check_dangerous_places(const Policy& policy,
                            const FileComponents& components,
                            Diagnostics& diagnostics) {
  Hosts hosts = group_by_class(components);
  check_data_directories(policy, components, hosts, diagnostics);
  check_own_files(policy, components, hosts, diagnostics);
  check_targets(policy, components, hosts, diagnostics);
}

}  // namespace backstay::compiler
