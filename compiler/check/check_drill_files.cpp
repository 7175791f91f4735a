// `expect file` of a drill: the file must be something that the drill restores, or the drill fails
// every time, and whoever reads it believes that the backup is bad.
//
// Only what is certain is told: a directory above something that is restored is made on the way, a
// directory that an `except` names stays as an empty one, and links are looked at by the drill
// alone.
#include <algorithm>
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

constexpr std::size_t kMostExamples = 4;

bool holds(const std::vector<Reference>& references, Index index) {
  return std::any_of(references.begin(), references.end(),
                     [index](const Reference& each) { return each.value == index; });
}

/// The services of a drill that some backup keeps in its target.
std::vector<bool> drilled_services(const Policy& policy, const Drill& drill) {
  std::vector<bool> kept(policy.services.size(), false);
  for (const Backup& backup : policy.backups) {
    const bool here =
        (backup.target && backup.target->value == drill.target->value) ||
        std::any_of(backup.copies.begin(), backup.copies.end(),
                    [&](const CopyFact& copy) { return copy.target.value == drill.target->value; });
    for (const Reference& service : backup.services) {
      kept[service.value] = kept[service.value] || here;
    }
  }
  std::vector<bool> drilled(policy.services.size(), false);
  for (const Reference& service : drill.services) {
    drilled[service.value] = kept[service.value] && !policy.services[service.value].external;
  }
  return drilled;
}

class ExpectedFiles {
 public:
  ExpectedFiles(const Policy& policy, const Drill& drill, const FileComponents& components)
      : policy_(policy),
        drill_(drill),
        components_(components),
        drilled_(drilled_services(policy, drill)) {}

  void check(Diagnostics& diagnostics) const {
    // A drill that restores nothing at all is a finding of its own.
    if (std::none_of(drilled_.begin(), drilled_.end(), [](bool drilled) { return drilled; })) {
      return;
    }
    for (const ExpectFile& file : drill_.files) {
      if (!may_be_restored(file)) {
        report(file, diagnostics);
      }
    }
  }

 private:
  [[nodiscard]] bool in_reach(const FileComponent& component, const ExpectFile& file) const {
    const bool of_a_drill = component.kind == FileComponent::Kind::Tree ||
                            component.kind == FileComponent::Kind::Sqlite;
    return of_a_drill && drilled_[component.service] &&
           (!file.host || holds(policy_.services[component.service].hosts, file.host->value));
  }

  [[nodiscard]] bool is_left_empty(const FileComponent& component, const std::string& path) const {
    const auto& excepts = policy_.services[component.service].excepts;
    return std::any_of(excepts.begin(), excepts.end(),
                       [&](const RuleFact& rule) { return rule.pattern.value == path; });
  }

  [[nodiscard]] bool may_be_restored(const ExpectFile& file) const {
    const auto wanted = PathPattern::parse(file.path.value);
    if (!wanted) {
      return true;
    }
    return std::any_of(
        components_.all().begin(), components_.all().end(), [&](const FileComponent& component) {
          if (!in_reach(component, file)) {
            return false;
          }
          const PathQuestion question{
              .all_of = {components_.selection(component), {.path = &*wanted}}};
          return !find_path(question).empty() || is_left_empty(component, file.path.value);
        });
  }

  void report(const ExpectFile& file, Diagnostics& diagnostics) const {
    Diagnostic finding{.kind = DiagnosticKind::DrillExpectsUnrestored,
                       .primary = file.path.span,
                       .message = fmt::format("drill `{}` expects `{}`, which it does not restore",
                                              drill_.name, file.path.value),
                       .help = "name a file that one of its services backs up"};
    explain(file, finding);
    if (drill_.restore) {
      add_label(finding, *drill_.restore, "this is restored");
    }
    diagnostics.add(std::move(finding));
  }

  /// Whose path it is, where it is somebody's: left out by a rule, not drilled, or on another host.
  void explain(const ExpectFile& file, Diagnostic& finding) const {
    const auto wanted = PathPattern::parse(file.path.value);
    std::size_t labels = 0;
    for (const FileComponent& component : components_.all()) {
      if (!component.pattern.selects(file.path.value) || labels == kMostExamples) {
        continue;
      }
      ++labels;
      const Service& service = policy_.services[component.service];
      if (!in_reach(component, file)) {
        add_label(finding, component.span,
                  component.kind == FileComponent::Kind::Mirror ? "mirrors are not drilled"
                  : drilled_[component.service]
                      ? fmt::format("service `{}` is on another host", service.name)
                      : fmt::format("service `{}` is not drilled", service.name));
        continue;
      }
      add_excepts(service, component, file, finding);
    }
  }

  void add_excepts(const Service& service,
                   const FileComponent& component,
                   const ExpectFile& file,
                   Diagnostic& finding) const {
    const auto& patterns = components_.patterns(component.service).excepts;
    for (std::size_t rule = 0; rule < service.excepts.size(); ++rule) {
      if (patterns[rule] && patterns[rule]->selects(file.path.value)) {
        add_label(finding, service.excepts[rule].span, "leaves it out");
      }
    }
  }

  const Policy& policy_;
  const Drill& drill_;
  const FileComponents& components_;
  std::vector<bool> drilled_;
};

}  // namespace

void check_drill_files(const Policy& policy, Diagnostics& diagnostics) {
  const bool any = std::any_of(policy.drills.begin(), policy.drills.end(), [](const Drill& drill) {
    return !drill.files.empty() && drill.target;
  });
  if (!any) {
    return;
  }
  Diagnostics told;  // patterns over a limit are reported by check_paths
  const FileComponents components(policy, told);
  for (const Drill& drill : policy.drills) {
    if (drill.target) {
      ExpectedFiles(policy, drill, components).check(diagnostics);
    }
  }
}

}  // namespace backstay::compiler
