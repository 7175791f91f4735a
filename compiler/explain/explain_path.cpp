#include "compiler/explain/explain_path.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/explain/place.hpp"
#include "compiler/paths/path_order.hpp"
#include "compiler/plan/reserved_names.hpp"

namespace backstay::compiler {
namespace {

std::string reserved_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (plan::is_reserved_name(segment)) {
      return std::string(segment);
    }
    path.remove_prefix(segment.size());
  }
  return {};
}

std::vector<const RuleFact*> matching(const std::vector<RuleFact>& rules,
                                      const std::vector<std::optional<PathPattern>>& patterns,
                                      std::string_view path) {
  std::vector<const RuleFact*> found;
  for (std::size_t index = 0; index < rules.size(); ++index) {
    if (patterns[index] && patterns[index]->selects(path)) {
      found.push_back(&rules[index]);
    }
  }
  return found;
}

std::vector<const Backup*> backups_of(const Policy& policy, Index service) {
  std::vector<const Backup*> found;
  for (const Backup& backup : policy.backups) {
    if (std::any_of(backup.services.begin(), backup.services.end(),
                    [service](const Reference& covered) { return covered.value == service; })) {
      found.push_back(&backup);
    }
  }
  return found;
}

PathHolder holder_of(const Policy& policy,
                     const FileComponents& components,
                     const FileComponent& component,
                     std::string_view path) {
  const Service& service = policy.services[component.service];
  PathHolder holder{.service = &service,
                    .kind = component.kind,
                    .component = component.id,
                    .path = component.path,
                    .span = component.span,
                    .excepts = {},
                    .keeps = {},
                    .backups = backups_of(policy, component.service)};
  if (component.kind == FileComponent::Kind::Tree) {
    const ServicePatterns& patterns = components.patterns(component.service);
    holder.excepts = matching(service.excepts, patterns.excepts, path);
    holder.keeps = matching(service.keeps, patterns.keeps, path);
  }
  return holder;
}

std::vector<GivenUpPath> find_given_up(const Policy& policy, std::string_view path) {
  std::vector<GivenUpPath> found;
  const auto holds = [path](const std::string& top) {
    return path_contains(without_root_slash(top), without_root_slash(path));
  };
  for (const Service& service : policy.services) {
    const bool names_it = std::any_of(service.paths.begin(), service.paths.end(),
                                      [&](const PathFact& fact) { return holds(fact.path.value); });
    for (const UnprotectedFact& fact : service.unprotected) {
      if (fact.path ? holds(fact.path->value) : names_it) {
        found.push_back({&service, &fact});
      }
    }
  }
  return found;
}

std::vector<CopiedPath> find_copied(const Policy& policy, std::string_view path) {
  std::vector<CopiedPath> found;
  const auto holds = [path](const std::string& top) {
    return path_contains(without_root_slash(top), without_root_slash(path));
  };
  for (const Service& service : policy.services) {
    for (const MirrorFact& fact : service.mirrors) {
      if (holds(fact.path.value)) {
        found.push_back({&service,
                         fmt::format("keeps one current copy of {} in target {}, without history",
                                     fact.path.value, policy.targets[fact.target.value].name),
                         fact.span});
      }
    }
    for (const ReplicateFact& fact : service.replicas) {
      if (holds(fact.path.value)) {
        found.push_back({&service,
                         fmt::format("puts a copy of {} on the hosts of group {} after each backup",
                                     fact.path.value, policy.groups[fact.group.value].name),
                         fact.span});
      }
    }
  }
  return found;
}

bool is_taken(const PathVerdict& verdict, const PathHolder& holder) {
  const bool ours = holder.kind == FileComponent::Kind::Tree && !verdict.reserved_name.empty();
  return holder.selected() && !ours && !holder.backups.empty();
}

// --- text ---------------------------------------------------------------------------------------

std::string quoted_reason(const std::optional<Located<std::string>>& because) {
  return because ? fmt::format("      because \"{}\"\n", because->value) : std::string();
}

std::string rules_text(const std::vector<const RuleFact*>& rules,
                       std::string_view word,
                       std::string_view effect,
                       const lang::SourceSet& sources) {
  std::string text;
  for (const RuleFact* rule : rules) {
    text += fmt::format("    {} {} {}  ({})\n", word, rule->pattern.value, effect,
                        place_of(sources, rule->span));
    text += quoted_reason(rule->because);
  }
  return text;
}

std::string holder_text(const PathHolder& holder, const lang::SourceSet& sources) {
  const bool tree = holder.kind == FileComponent::Kind::Tree;
  std::string text =
      fmt::format("  {} holds it: {} {}  ({})\n", holder.component, tree ? "path" : "sqlite",
                  holder.path, place_of(sources, holder.span));
  if (holder.kind == FileComponent::Kind::SqliteSideFile) {
    text += "    SQLite keeps it beside its database; the copy of the database includes it\n";
  }
  text += rules_text(holder.excepts, "except", "takes it out", sources);
  text += rules_text(holder.keeps, "keep",
                     holder.excepts.empty() ? "would bring it back" : "brings it back", sources);
  for (const Backup* backup : holder.backups) {
    text += fmt::format("    backup {} covers {}  ({})\n", backup->name, holder.service->name,
                        place_of(sources, backup->span));
  }
  if (holder.backups.empty()) {
    text += fmt::format("    no backup covers {}\n", holder.service->name);
  }
  return text;
}

// What stands in place of a node that an `except` takes out.
std::string rest_text(const PathVerdict& verdict) {
  for (const PathHolder& holder : verdict.holders) {
    const auto names_it = [&](const RuleFact* rule) { return rule->pattern.value == verdict.path; };
    if (!holder.selected() && std::any_of(holder.excepts.begin(), holder.excepts.end(), names_it)) {
      return "  the `except` names this very node: it is kept as an empty entry with its owner and "
             "mode\n";
    }
  }
  return {};
}

std::string below_text(const PathVerdict& verdict, const lang::SourceSet& sources) {
  std::string text = verdict.below.empty() ? "" : "  below it, these are backed up:\n";
  for (const PathHolder& holder : verdict.below) {
    text += fmt::format("    {}: {}  ({})\n", holder.component, holder.path,
                        place_of(sources, holder.span));
  }
  return text;
}

}  // namespace

bool PathVerdict::selected() const {
  return std::any_of(holders.begin(), holders.end(),
                     [this](const PathHolder& holder) { return is_taken(*this, holder); });
}

PathVerdict judge_path(const Policy& policy, std::string_view path) {
  lang::Diagnostics reported_by_the_checks;
  const FileComponents components(policy, reported_by_the_checks);
  PathVerdict verdict{.path = std::string(path),
                      .reserved_name = reserved_segment(path),
                      .holders = {},
                      .below = {},
                      .given_up = find_given_up(policy, path),
                      .copied = find_copied(policy, path)};
  const std::string_view top = without_root_slash(path);
  for (const FileComponent& component : components.all()) {
    const bool side_file = component.kind == FileComponent::Kind::SqliteSideFile;
    if (component.pattern.is_literal() && path_contains(component.pattern.prefix(), top) &&
        (component.kind == FileComponent::Kind::Tree || component.pattern.prefix() == top)) {
      verdict.holders.push_back(holder_of(policy, components, component, path));
    } else if (path_contains(top, component.pattern.prefix()) && !side_file) {
      verdict.below.push_back(holder_of(policy, components, component, path));
    }
  }
  return verdict;
}

std::string summary_of(const PathVerdict& verdict) {
  for (const PathHolder& holder : verdict.holders) {
    if (is_taken(verdict, holder)) {
      return holder.keeps.empty() || holder.excepts.empty()
                 ? fmt::format("{} selects it", holder.component)
                 : fmt::format("keep {} brings it back into {}",
                               holder.keeps.front()->pattern.value, holder.component);
    }
  }
  if (!verdict.reserved_name.empty()) {
    return fmt::format("`{}` is a name of Backstay's own", verdict.reserved_name);
  }
  for (const PathHolder& holder : verdict.holders) {
    return holder.selected() ? fmt::format("no backup covers {}", holder.service->name)
                             : fmt::format("except {} takes it out of {}",
                                           holder.excepts.front()->pattern.value, holder.component);
  }
  return "no path holds it";
}

std::string to_text(const PathVerdict& verdict, const lang::SourceSet& sources) {
  std::string text =
      fmt::format("{} is {}\n\n", verdict.path, verdict.selected() ? "selected" : "not selected");
  for (const PathHolder& holder : verdict.holders) {
    text += holder_text(holder, sources);
  }
  if (verdict.holders.empty()) {
    text += "  no `path` or `sqlite` of the policy holds it\n";
  }
  for (const GivenUpPath& given_up : verdict.given_up) {
    text += fmt::format("  service {} leaves it out on purpose: unprotected  ({})\n",
                        given_up.service->name, place_of(sources, given_up.fact->span)) +
            quoted_reason(given_up.fact->because);
  }
  for (const CopiedPath& copied : verdict.copied) {
    text += fmt::format("  service {} {}  ({})\n", copied.service->name, copied.how,
                        place_of(sources, copied.span));
  }
  if (!verdict.reserved_name.empty()) {
    text += fmt::format(
        "  built-in rule: `{}` is a name that Backstay itself leaves on a disk, so that trees "
        "never "
        "take it\n",
        verdict.reserved_name);
  }
  text += rest_text(verdict) + below_text(verdict, sources);
  return text +
         "\nThis is said of paths as they are written.\n"
         "Symbolic links and mounts are looked at when the plan runs: `backstay run PLAN "
         "--dry-run`.\n";
}

}  // namespace backstay::compiler
