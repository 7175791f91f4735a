// Two components on one host that select a common path would both store it, and both restore it.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"
#include "compiler/paths/path_order.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// Components of one host, in tree order of their paths: what lies above a component on the way up
/// from the one before it is all that can overlap it.
class HostOverlaps {
 public:
  HostOverlaps(const Policy& policy, const FileComponents& components, Diagnostics& diagnostics)
      : policy_(policy), components_(components), diagnostics_(diagnostics) {}

  void check(const HostClass& hosts) {
    hosts_ = &hosts;
    std::vector<const FileComponent*> on_host;
    for (const Index service : hosts.services) {
      for (const Index number : components_.patterns(service).components) {
        on_host.push_back(&components_.all()[number]);
      }
    }
    std::stable_sort(on_host.begin(), on_host.end(), [](const auto* left, const auto* right) {
      return path_less(left->pattern.prefix(), right->pattern.prefix());
    });
    std::vector<const FileComponent*> above;
    for (const FileComponent* component : on_host) {
      while (!above.empty() &&
             !path_contains(above.back()->pattern.prefix(), component->pattern.prefix())) {
        above.pop_back();
      }
      check_with_nearest(above, *component);
      above.push_back(component);
    }
  }

 private:
  /// Reports the nearest component above that overlaps; those further up overlap that one.
  void check_with_nearest(const std::vector<const FileComponent*>& above,
                          const FileComponent& component) {
    for (auto other = above.rbegin(); other != above.rend(); ++other) {
      if ((*other)->id == component.id || is_reported(**other, component) ||
          is_second_copy(**other, component)) {
        continue;
      }
      const std::string& prefix = component.pattern.prefix();
      const PathAnswer answer = find_path(
          {{components_.selection(**other, prefix), components_.selection(component, prefix)}});
      if (answer.too_complex()) {
        report_too_complex(
            component.span,
            fmt::format("`{}` and `{}` select a common path", component.id, (*other)->id),
            components_.rule_labels(component, prefix), diagnostics_);
      }
      if (answer.found()) {
        report(**other, component, answer.path);
      }
      if (!answer.empty()) {
        return;
      }
    }
  }

  /// A service may mirror what it also keeps with history: that is a copy more of the same files.
  static bool is_second_copy(const FileComponent& upper, const FileComponent& lower) {
    using enum FileComponent::Kind;
    return upper.service == lower.service && (upper.kind == Mirror) != (lower.kind == Mirror);
  }

  /// A SQLite file and its side files are one cause.
  [[nodiscard]] bool is_reported(const FileComponent& upper, const FileComponent& lower) const {
    return lower.kind == FileComponent::Kind::SqliteSideFile && last_upper_ == upper.id &&
           last_lower_ == lower.id;
  }

  void report(const FileComponent& upper, const FileComponent& lower, const std::string& path) {
    last_upper_ = upper.id;
    last_lower_ = lower.id;
    Diagnostic finding{
        .kind = DiagnosticKind::OverlappingComponents,
        .primary = lower.span,
        .message = fmt::format("`{}` and `{}` select the same path", upper.id, lower.id),
        .primary_label = fmt::format("`{}` selects it here", lower.id),
        .witness = {fmt::format("both select {}{}", path,
                                on_host_text(policy_, *hosts_, {upper.service, lower.service}))},
        .help = help_for(upper, lower),
    };
    if (lower.kind == FileComponent::Kind::SqliteSideFile) {
      finding.message =
          fmt::format("`{}` selects a file that SQLite keeps beside `{}`", upper.id, lower.id);
    }
    add_label(finding, upper.span, fmt::format("`{}` selects it here", upper.id));
    add_service_label(finding, policy_.services[upper.service], upper.span);
    add_service_label(finding, policy_.services[lower.service], lower.span);
    add_subject(finding, "component", upper.id);
    add_subject(finding, "component", lower.id);
    diagnostics_.add(std::move(finding));
  }

  [[nodiscard]] std::string help_for(const FileComponent& upper, const FileComponent& lower) const {
    const std::string& service = policy_.services[upper.service].name;
    if (lower.kind != FileComponent::Kind::Tree && upper.kind == FileComponent::Kind::Tree) {
      const std::string& path = lower.pattern.prefix();
      const auto end =
          lower.kind == FileComponent::Kind::SqliteSideFile ? path.rfind('-') : path.size();
      return fmt::format("add `except {}* because \"taken by its online backup\"` to service `{}`",
                         path.substr(0, end), service);
    }
    if (upper.kind == FileComponent::Kind::Mirror) {
      return fmt::format("mirror a narrower path than {}, or leave {} to the mirror", upper.path,
                         lower.path);
    }
    if (upper.pattern.prefix() == lower.pattern.prefix()) {
      return "keep the path in one place, and let the other service `need` the one that has it";
    }
    if (upper.service == lower.service) {
      return fmt::format("remove `{}`: `{}` holds it already", lower.path, upper.path);
    }
    return fmt::format("remove one of the two, or add `except {} because \"…\"` to service `{}`",
                       lower.path, service);
  }

  const Policy& policy_;
  const FileComponents& components_;
  Diagnostics& diagnostics_;
  const HostClass* hosts_ = nullptr;
  std::string last_upper_;
  std::string last_lower_;
};

}  // namespace

void check_overlap(const Policy& policy,
                   const FileComponents& components,
                   Diagnostics& diagnostics) {
  HostOverlaps overlaps(policy, components, diagnostics);
  for (const HostClass& hosts : components.hosts().all()) {
    overlaps.check(hosts);
  }
}

}  // namespace backstay::compiler
