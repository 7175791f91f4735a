// Databases that are unreadable without a key are worth nothing unless the key is in the backup.
#include <map>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// The components of one backup on one host, found by place.
struct Covered {
  std::vector<const FileComponent*> components;
  std::optional<PatternIndex> index;
};

std::map<Index, Covered> covered_by(const Policy& policy,
                                    const Backup& backup,
                                    const FileComponents& components) {
  std::map<Index, Covered> hosts;
  for (const Reference& service : backup.services) {
    for (const Index number : components.patterns(service.value).components) {
      const FileComponent& component = components.all()[number];
      if (component.kind != FileComponent::Kind::SqliteSideFile) {
        hosts[host_of(policy.services[service.value])].components.push_back(&component);
      }
    }
  }
  for (auto& [host, covered] : hosts) {
    std::vector<const PathPattern*> patterns;
    for (const FileComponent* component : covered.components) {
      patterns.push_back(&component->pattern);
    }
    covered.index.emplace(patterns);
  }
  return hosts;
}

/// What is missing of a key path, as seen from the component that comes nearest to holding it.
struct Missing {
  const FileComponent* component = nullptr;  ///< none: no component reaches the path at all
  std::string path;
};

/// A part of `key` that `component`, whose path holds it, leaves out.
PathAnswer find_gap(const PathPattern& key,
                    const FileComponent& component,
                    const FileComponents& components) {
  const PathSelection selection = components.selection(component, key.prefix());
  for (const PathPattern* except : selection.excepts) {
    const PathAnswer answer = find_path({{{&key}, {except}}, selection.keeps});
    if (!answer.empty()) {
      return answer;
    }
  }
  return {};
}

/// Nothing when some component holds the whole key path.
std::optional<Missing> find_missing(const Located<std::string>& path,
                                    const Covered* covered,
                                    const FileComponents& components) {
  const auto key = PathPattern::literal(path.value);
  Missing missing{nullptr, path.value};
  if (!key || covered == nullptr) {
    return missing;
  }
  for (const Index number : covered->index->above(key->prefix())) {
    const FileComponent& component = *covered->components[number];
    const PathAnswer gap = find_gap(*key, component, components);
    if (gap.empty()) {
      return std::nullopt;
    }
    missing = {&component, gap.found() ? gap.path : path.value};
  }
  return missing;
}

void report(const Policy& policy,
            const Service& service,
            const SealedByFact& fact,
            const Reference& covered_here,
            const Backup& backup,
            const Missing& missing,
            Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::SealedKeyNotCovered,
      .primary = fact.path.span,
      .message = fmt::format("backup `{}` does not hold `{}`, without which the data of `{}` is "
                             "unreadable",
                             backup.name, fact.path.value, service.name),
      .witness = {fmt::format("{} is in no component of the backup", missing.path)},
      .help = fmt::format("add `path {}` to service `{}`, or cover the service that has it in the "
                          "same backup",
                          fact.path.value, service.name),
  };
  if (missing.component != nullptr) {
    finding.help = "narrow the `except` that leaves it out, or `keep` it";
    add_label(finding, missing.component->span, "reaches it, but leaves a part out");
    const Service& owner = policy.services[missing.component->service];
    for (const RuleFact& rule : owner.excepts) {
      const auto pattern = PathPattern::parse(rule.pattern.value);
      if (pattern && pattern->selects(missing.path)) {
        add_label(finding, rule.pattern.span, "left out here");
      }
    }
  }
  add_label(finding, covered_here.span, fmt::format("`{}` is covered here", service.name));
  add_service_label(finding, service, fact.span);
  diagnostics.add(std::move(finding));
}

}  // namespace

void check_sealed_by(const Policy& policy,
                     const FileComponents& components,
                     Diagnostics& diagnostics) {
  for (const Backup& backup : policy.backups) {
    const std::map<Index, Covered> hosts = covered_by(policy, backup, components);
    for (const Reference& reference : backup.services) {
      const Service& service = policy.services[reference.value];
      if (!is_protected(service)) {
        continue;
      }
      const auto host = hosts.find(host_of(service));
      const Covered* const covered = host == hosts.end() ? nullptr : &host->second;
      for (const SealedByFact& fact : service.sealed_by) {
        if (const auto missing = find_missing(fact.path, covered, components)) {
          report(policy, service, fact, reference, backup, *missing, diagnostics);
        }
      }
    }
  }
}

}  // namespace backstay::compiler
