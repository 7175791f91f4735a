#include "compiler/policy_test/step_order.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/plan/action_facts.hpp"

namespace backstay::compiler {
namespace {

bool takes_component(const plan::Step& step, const std::string& component) {
  const std::vector<std::string> names = plan::components_of(step.action);
  return std::find(names.begin(), names.end(), component) != names.end();
}

bool takes_service(const plan::Step& step, const std::string& service) {
  const std::vector<std::string> names = plan::components_of(step.action);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.substr(0, name.find('.')) == service;
  });
}

bool is_files(const plan::Step& step) {
  return std::holds_alternative<plan::RestoreFiles>(step.action);
}

// The steps that restore data of a service and none of another one. An export is read back when its
// service runs, not when data is restored.
std::vector<const plan::Step*> data_of_one(const std::vector<plan::Step>& steps,
                                           const std::string& service,
                                           const std::string& but_not) {
  std::vector<const plan::Step*> found;
  for (const plan::Step& step : steps) {
    if (!plan::is_export(step.action) && takes_service(step, service) &&
        !takes_service(step, but_not)) {
      found.push_back(&step);
    }
  }
  return found;
}

/// Asks whether one step of a graph waits for another, at any distance.
class Waits {
 public:
  explicit Waits(const std::vector<plan::Step>& steps) {
    for (const plan::Step& step : steps) {
      by_id_.emplace(step.id, &step);
    }
  }

  [[nodiscard]] bool waits(const plan::Step& later, const plan::Step& earlier) const {
    std::vector<const plan::Step*> open = {&later};
    std::unordered_set<const plan::Step*> seen;
    while (!open.empty()) {
      const plan::Step* const step = open.back();
      open.pop_back();
      for (const std::string& id : step->after) {
        const auto before = by_id_.find(id);
        if (id == earlier.id) {
          return true;
        }
        if (before != by_id_.end() && seen.insert(before->second).second) {
          open.push_back(before->second);
        }
      }
    }
    return false;
  }

 private:
  std::unordered_map<std::string_view, const plan::Step*> by_id_;
};

// Of two steps on one host: what is wrong with "first comes before second".
std::optional<std::string> pair_objection(const Waits& graph,
                                          const plan::Step& first,
                                          const plan::Step& second) {
  if (graph.waits(second, first)) {
    return std::nullopt;
  }
  return graph.waits(first, second)
             ? fmt::format("{} comes before {}", second.id, first.id)
             : fmt::format("{} and {} wait for nothing of each other", first.id, second.id);
}

bool needs(const plan::Plan& plan, const std::string& service, const std::string& needed) {
  std::vector<std::string> open = {service};
  std::set<std::string> seen;
  while (!open.empty()) {
    const plan::Service* const at = plan.service(open.back());
    open.pop_back();
    for (const std::string& name : at == nullptr ? std::vector<std::string>{} : at->needs) {
      if (name == needed) {
        return true;
      }
      if (seen.insert(name).second) {
        open.push_back(name);
      }
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> component_names(const plan::Plan& plan) {
  std::set<std::string> names;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Step& step : backup.backup) {
      for (std::string& name : plan::components_of(step.action)) {
        names.insert(std::move(name));
      }
    }
  }
  return {names.begin(), names.end()};
}

std::optional<std::string> capture_objection(const plan::Plan& plan,
                                             const std::string& first,
                                             const std::string& second) {
  bool together = false;
  for (const plan::Backup& backup : plan.backups) {
    const Waits graph(backup.backup);
    for (const plan::Step& one : backup.backup) {
      if (!takes_component(one, first)) {
        continue;
      }
      for (const plan::Step& other : backup.backup) {
        if (one.host != other.host || !takes_component(other, second)) {
          continue;
        }
        together = true;
        if (one.id == other.id) {
          return fmt::format("{} captures both at one instant", one.id);
        }
        if (auto objection = pair_objection(graph, one, other)) {
          return objection;
        }
      }
    }
  }
  return together ? std::nullopt
                  : std::optional<std::string>("no backup captures both on one host");
}

std::optional<std::string> restore_objection(const plan::Plan& plan,
                                             const std::string& first,
                                             const std::string& second) {
  bool compared = false;
  for (const plan::Backup& backup : plan.backups) {
    const Waits graph(backup.restore);
    const auto firsts = data_of_one(backup.restore, first, second);
    const auto seconds = data_of_one(backup.restore, second, first);
    for (const plan::Step* one : firsts) {
      for (const plan::Step* other : seconds) {
        if (one->host != other->host || is_files(*one) != is_files(*other)) {
          continue;
        }
        compared = true;
        if (auto objection = pair_objection(graph, *one, *other)) {
          return objection;
        }
      }
    }
  }
  if (compared || needs(plan, second, first)) {
    return std::nullopt;
  }
  return fmt::format("nothing orders them: {} does not need {}", second, first);
}

}  // namespace backstay::compiler
