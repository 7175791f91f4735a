// Databases that are unreadable without a key are worth nothing unless the key is in the backup,
// and in each of its copies.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// The components of one backup by class of host.
using Covered = std::map<Index, PlacedComponents>;

Covered covered_by(const Backup& backup, const FileComponents& components) {
  Covered covered;
  for (const Reference& service : backup.services) {
    for (const Index place : components.hosts().of(service.value)) {
      covered[place].add(components, service.value);
    }
  }
  return covered;
}

/// What is missing of a key path, as seen from the component that comes nearest to holding it.
struct Missing {
  const FileComponent* component = nullptr;  ///< none: no component reaches the path at all
  std::string path;
  std::set<Index> mirrored_to = {};  ///< → targets that hold it as a mirror
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

/// Looks on all hosts of a service. Nothing when some component holds the whole key path.
std::optional<Missing> find_missing(const Located<std::string>& path,
                                    const std::vector<Index>& places,
                                    Covered& covered,
                                    const FileComponents& components) {
  const auto key = PathPattern::literal(path.value);
  Missing missing{nullptr, path.value};
  if (!key) {
    return missing;
  }
  for (const Index place : places) {
    PlacedComponents& group = covered.at(place);
    for (const Index number : group.above(key->prefix())) {
      const FileComponent& component = *group.components[number];
      if (component.target) {
        missing.mirrored_to.insert(*component.target);
        continue;
      }
      const PathAnswer gap = find_gap(*key, component, components);
      if (gap.empty()) {
        return std::nullopt;
      }
      missing.component = &component;
      missing.path = gap.found() ? gap.path : path.value;
    }
  }
  return missing;
}

/// The targets of a backup and of its copies, with the lines that name them.
std::vector<Reference> targets_of(const Backup& backup) {
  std::vector<Reference> targets;
  if (backup.target) {
    targets.push_back(*backup.target);
  }
  for (const CopyFact& copy : backup.copies) {
    targets.push_back(copy.target);
  }
  return targets;
}

/// The first target that has neither the component nor a mirror of the key.
const Reference* bare_target(const std::vector<Reference>& targets, const Missing& missing) {
  const auto bare = std::find_if(targets.begin(), targets.end(), [&](const Reference& target) {
    return !missing.mirrored_to.contains(target.value);
  });
  return bare == targets.end() ? nullptr : &*bare;
}

void report(const Policy& policy,
            const Service& service,
            const SealedByFact& fact,
            const Reference& covered_here,
            const Backup& backup,
            const Missing& missing,
            const Reference& bare,
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
  if (!missing.mirrored_to.empty()) {
    finding.message =
        fmt::format("target `{}` does not hold `{}`, without which the data of `{}` is unreadable",
                    policy.targets[bare.value].name, fact.path.value, service.name);
    finding.witness = {fmt::format("{} is mirrored elsewhere, and in no component of backup `{}`",
                                   missing.path, backup.name)};
    add_label(finding, bare.span, "goes here without it");
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
    Covered covered = covered_by(backup, components);
    const std::vector<Reference> targets = targets_of(backup);
    for (const Reference& reference : backup.services) {
      const Service& service = policy.services[reference.value];
      if (!is_protected(service)) {
        continue;
      }
      for (const SealedByFact& fact : service.sealed_by) {
        const auto missing =
            find_missing(fact.path, components.hosts().of(reference.value), covered, components);
        if (!missing) {
          continue;
        }
        // A backup without a target is reported where it is read; its key is missing all the same.
        const Reference nowhere{0, backup.span};
        const Reference* const bare = targets.empty() ? &nowhere : bare_target(targets, *missing);
        if (bare != nullptr) {
          report(policy, service, fact, reference, backup, *missing, *bare, diagnostics);
        }
      }
    }
  }
}

}  // namespace backstay::compiler
