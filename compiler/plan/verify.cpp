#include "compiler/plan/verify.hpp"

#include <algorithm>
#include <initializer_list>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/copy_through.hpp"

namespace backstay::plan {
namespace {

Error broken(const std::string& owner, const std::string& message) {
  return {.kind = ErrorKind::BadInput, .message = fmt::format("plan of {}: {}", owner, message)};
}

/// What a graph belongs to, for its errors, and the plan that it is in.
struct Place {
  const Plan& plan;
  std::string owner;  ///< `backup `controller``
};

Result<void> verify_names(const Place& place, const Step& step) {
  for (const std::string& target : targets_of(step.action)) {
    if (place.plan.target(target) == nullptr) {
      return broken(place.owner, fmt::format("step `{}` names `{}`, which the plan does not hold",
                                             step.id, target));
    }
  }
  for (const std::string& server : servers_of(step.action)) {
    if (place.plan.server(server) == nullptr) {
      return broken(place.owner, fmt::format("step `{}` names `{}`, which the plan does not hold",
                                             step.id, server));
    }
  }
  return {};
}

// Commands are argument vectors: without a program there is nothing that could be run.
Result<void> verify_commands(const Place& place, const Step& step) {
  bool empty = false;
  std::visit(
      [&](const auto& action) {
        if constexpr (std::is_same_v<std::decay_t<decltype(action)>, FeedCommand>) {
          return;  // read back by hand
        } else if constexpr (requires { action.command; }) {
          empty = action.command.empty();
        } else if constexpr (requires { action.checks; }) {
          empty = std::any_of(action.checks.begin(), action.checks.end(),
                              [](const Probe& probe) { return probe.command.empty(); });
        }
      },
      step.action);
  return empty ? Result<void>(
                     broken(place.owner, fmt::format("step `{}` runs an empty command", step.id)))
               : Result<void>();
}

Result<void> verify_graph(const Place& place, const std::vector<Step>& steps) {
  std::unordered_set<std::string_view> earlier;
  earlier.reserve(steps.size());
  for (const Step& step : steps) {
    for (const std::string& needed : step.after) {
      if (!earlier.contains(needed)) {
        return broken(
            place.owner,
            fmt::format("step `{}` follows `{}`, which does not come before it", step.id, needed));
      }
    }
    if (!step.undoes.empty() &&
        std::find(step.after.begin(), step.after.end(), step.undoes) == step.after.end()) {
      return broken(place.owner, fmt::format("step `{}` undoes `{}`, which it does not follow",
                                             step.id, step.undoes));
    }
    if (!earlier.insert(step.id).second) {
      return broken(place.owner, fmt::format("two steps are called `{}`", step.id));
    }
    BACKSTAY_TRY(verify_names(place, step));
    BACKSTAY_TRY(verify_commands(place, step));
  }
  return {};
}

/// The components of a step that captures data or brings it back.
struct DataStep {
  std::string_view host;
  std::vector<std::string> components;

  friend auto operator<=>(const DataStep&, const DataStep&) = default;
};

// The data steps of a graph. Exports are apart: they are read back when their service runs.
std::vector<DataStep> data_order(const std::vector<Step>& steps, bool exports) {
  std::vector<DataStep> order;
  for (const Step& step : steps) {
    std::vector<std::string> components = components_of(step.action);
    if (!components.empty() && is_export(step.action) == exports) {
      order.push_back({step.host, std::move(components)});
    }
  }
  return order;
}

Result<void> verify_once(const Place& place,
                         std::initializer_list<const std::vector<DataStep>*> captured) {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const std::vector<DataStep>* steps : captured) {
    for (const DataStep& step : *steps) {
      for (const std::string& component : step.components) {
        all.emplace_back(step.host, component);
      }
    }
  }
  std::sort(all.begin(), all.end());
  const auto twice = std::adjacent_find(all.begin(), all.end());
  return twice == all.end()
             ? Result<void>()
             : Result<void>(broken(place.owner,
                                   fmt::format("component `{}` is captured twice", twice->second)));
}

bool is_of_copy_on(const Step& step, const Copy& copy) {
  const auto* prune = std::get_if<PruneTarget>(&step.action);
  return prune != nullptr ? prune->target == copy.target
                          : std::holds_alternative<CopySnapshot>(step.action);
}

// Where one host copies on, it does all of it.
Result<void> verify_through(const Place& place, const Copy& copy) {
  const std::string through = through_of(copy);
  const bool whole = std::all_of(copy.steps.begin(), copy.steps.end(), [&](const Step& step) {
    return step.source_host.empty() == through.empty() &&
           (through.empty() || (step.host == through && is_of_copy_on(step, copy)));
  });
  return whole ? Result<void>()
               : Result<void>(broken(place.owner,
                                     fmt::format("not all of its copy to `{}` goes through `{}`",
                                                 copy.target, through)));
}

Result<void> verify_backup(const Plan& plan, const Backup& backup) {
  const Place place{plan, fmt::format("backup `{}`", backup.name)};
  BACKSTAY_TRY(verify_graph(place, backup.backup));
  BACKSTAY_TRY(verify_graph(place, backup.restore));
  auto captured = data_order(backup.backup, false);
  auto exported = data_order(backup.backup, true);
  BACKSTAY_TRY(verify_once(place, {&captured, &exported}));
  std::reverse(captured.begin(), captured.end());
  if (captured != data_order(backup.restore, false)) {
    return broken(place.owner, "its restore is not the exact reverse of its backup");
  }
  auto fed = data_order(backup.restore, true);
  std::sort(exported.begin(), exported.end());
  std::sort(fed.begin(), fed.end());
  if (exported != fed) {
    return broken(place.owner, "its restore does not read back what its backup exports");
  }
  if (plan.target(backup.target) == nullptr) {
    return broken(place.owner, fmt::format("its target `{}` is not in the plan", backup.target));
  }
  const bool runs_there = backup.run_on.empty() ||
                          std::any_of(plan.hosts.begin(), plan.hosts.end(),
                                      [&](const Host& host) { return host.name == backup.run_on; });
  if (!runs_there) {
    return broken(place.owner,
                  fmt::format("it runs on `{}`, which the plan does not hold", backup.run_on));
  }
  for (const Copy& copy : backup.copies) {
    BACKSTAY_TRY(verify_graph(
        {plan, fmt::format("backup `{}`, copy to `{}`", backup.name, copy.target)}, copy.steps));
    if (plan.target(copy.target) == nullptr) {
      return broken(place.owner, fmt::format("its target `{}` is not in the plan", copy.target));
    }
    BACKSTAY_TRY(verify_through(place, copy));
  }
  return {};
}

}  // namespace

Result<void> verify(const Plan& plan) {
  for (const Backup& backup : plan.backups) {
    BACKSTAY_TRY(verify_backup(plan, backup));
  }
  for (const Drill& drill : plan.drills) {
    const Place place{plan, fmt::format("drill `{}`", drill.name)};
    BACKSTAY_TRY(verify_graph(place, drill.steps));
    if (plan.target(drill.target) == nullptr) {
      return broken(place.owner, fmt::format("its target `{}` is not in the plan", drill.target));
    }
  }
  return {};
}

}  // namespace backstay::plan
