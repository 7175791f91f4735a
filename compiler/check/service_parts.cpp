#include "compiler/check/service_parts.hpp"

#include <algorithm>
#include <string_view>

#include "compiler/paths/path_pattern.hpp"

namespace backstay::compiler {
namespace {

bool holds(std::string_view tree, std::string_view path) {
  return path.starts_with(tree) &&
         (path.size() == tree.size() || tree.ends_with('/') || path[tree.size()] == '/');
}

bool any_selects(const std::vector<RuleFact>& rules, std::string_view path) {
  return std::any_of(rules.begin(), rules.end(), [path](const RuleFact& rule) {
    const auto pattern = PathPattern::parse(rule.pattern.value);
    return pattern && pattern->selects(path);
  });
}

// Do the backups hold the tree itself, whatever they leave out below it?
bool is_backed_up(const Service& service, std::string_view tree) {
  const bool selected =
      std::any_of(service.paths.begin(), service.paths.end(),
                  [tree](const PathFact& fact) { return holds(fact.path.value, tree); });
  return selected && (!any_selects(service.excepts, tree) || any_selects(service.keeps, tree));
}

// Targets that mirror a tree or one that holds it.
std::vector<Index> mirrors_of(const Service& service, std::string_view tree) {
  std::vector<Index> targets;
  for (const MirrorFact& mirror : service.mirrors) {
    if (holds(mirror.path.value, tree)) {
      targets.push_back(mirror.target.value);
    }
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

// Targets whose mirrors hold all that the backups hold: only where that is trees.
std::vector<Index> mirrors_of_all(const Service& service) {
  if (!service.databases.empty() || !service.sqlites.empty() || !service.exports.empty() ||
      service.paths.empty()) {
    return {};
  }
  std::vector<Index> targets = mirrors_of(service, service.paths.front().path.value);
  for (const PathFact& fact : service.paths) {
    const std::vector<Index> here = mirrors_of(service, fact.path.value);
    std::vector<Index> both;
    std::set_intersection(targets.begin(), targets.end(), here.begin(), here.end(),
                          std::back_inserter(both));
    targets = std::move(both);
  }
  return targets;
}

}  // namespace

bool holds_points(const Service& service) {
  return !service.paths.empty() || !service.databases.empty() || !service.sqlites.empty() ||
         !service.exports.empty();
}

std::vector<ServicePart> parts_of(const Service& service) {
  if (service.mirrors.empty()) {
    return {ServicePart{}};
  }
  std::vector<ServicePart> parts;
  if (holds_points(service)) {
    parts.push_back({.mirrors = mirrors_of_all(service)});
  }
  for (const MirrorFact& mirror : service.mirrors) {
    const std::string& path = mirror.path.value;
    const bool seen = std::any_of(parts.begin(), parts.end(),
                                  [&](const ServicePart& part) { return part.path == path; });
    if (!seen) {
      parts.push_back({path, is_backed_up(service, path), mirrors_of(service, path)});
    }
  }
  return parts;
}

}  // namespace backstay::compiler
