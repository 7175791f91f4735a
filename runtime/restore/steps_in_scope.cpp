#include "runtime/restore/steps_in_scope.hpp"

#include <algorithm>

#include "compiler/plan/action_facts.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::runtime {
namespace {

bool owns_one(const std::string& service, const std::set<std::string>& components) {
  const auto prefix = service + ".";
  const auto first = components.lower_bound(prefix);
  return first != components.end() && first->starts_with(prefix);
}

/// What a scope keeps of a graph, step by step: whether a server is restarted depends on what was
/// kept before.
class Filter {
 public:
  Filter(const plan::Plan& plan, const std::set<std::string>& components)
      : components_(components), affected_(affected_services(plan, components)) {}

  bool keeps(const plan::Step& step) {
    const bool kept = std::visit(
        Overloaded{
            [&](const plan::RunCommand& action) { return owns_one(action.service, components_); },
            [&](const plan::StopUnits& action) { return affected_.contains(action.service); },
            [&](const plan::StartUnits& action) {
              return action.restart ? follows_kept(step) : affected_.contains(action.service);
            },
            [&](const plan::CheckService& action) { return affected_.contains(action.service); },
            [&](const auto&) { return keeps_data(step); }},
        step.action);
    if (kept) {
      kept_.insert(step.id);
    }
    return kept;
  }

 private:
  // A server whose configuration is left alone needs no restart.
  [[nodiscard]] bool follows_kept(const plan::Step& step) const {
    return std::any_of(step.after.begin(), step.after.end(),
                       [&](const std::string& id) { return kept_.contains(id); });
  }

  [[nodiscard]] bool keeps_data(const plan::Step& step) const {
    const auto names = plan::components_of(step.action);
    if (names.empty()) {
      return true;
    }
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      // `database all` is one component in the plan and one for each database in a snapshot.
      return components_.contains(name) || owns_one(name, components_);
    });
  }

  const std::set<std::string>& components_;
  std::set<std::string> affected_;
  std::set<std::string> kept_;
};

}  // namespace

std::set<std::string> affected_services(const plan::Plan& plan,
                                        const std::set<std::string>& components) {
  std::set<std::string> affected;
  // Each service stands behind what it needs, so one pass finds all.
  for (const plan::Service& service : plan.services) {
    const bool dependent =
        std::any_of(service.needs.begin(), service.needs.end(),
                    [&](const std::string& needed) { return affected.contains(needed); });
    if (!service.external && (dependent || owns_one(service.name, components))) {
      affected.insert(service.name);
    }
  }
  return affected;
}

std::vector<plan::Step> steps_in_scope(const plan::Plan& plan,
                                       const std::vector<plan::Step>& steps,
                                       const std::set<std::string>& components) {
  Filter filter(plan, components);
  std::vector<plan::Step> kept;
  for (const plan::Step& step : steps) {
    if (filter.keeps(step)) {
      kept.push_back(step);
    }
  }
  return kept;
}

}  // namespace backstay::runtime
