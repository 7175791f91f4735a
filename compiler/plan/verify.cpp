#include "compiler/plan/verify.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lang/base/overloaded.hpp"

namespace backstay::plan {
namespace {

Error broken(const Backup& backup, std::string message) {
  return {.kind = ErrorKind::BadInput,
          .message = fmt::format("plan of backup `{}`: {}", backup.name, message)};
}

std::vector<std::string> components_of(const std::vector<DatabaseComponent>& databases,
                                       const std::string& all,
                                       const std::string& accounts) {
  std::vector<std::string> components;
  for (const DatabaseComponent& one : databases) {
    components.push_back(one.component);
  }
  for (const std::string& extra : {all, accounts}) {
    if (!extra.empty()) {
      components.push_back(extra);
    }
  }
  return components;
}

// What a step puts into a snapshot or takes from it; empty for steps without data.
std::vector<std::string> components_of(const Action& action) {
  using Components = std::vector<std::string>;
  return std::visit(
      Overloaded{
          [](const DumpMariadb& step) {
            return components_of(step.databases, step.all_component, step.accounts_component);
          },
          [](const RestoreMariadb& step) {
            return components_of(step.databases, step.all_component, step.accounts_component);
          },
          [](const CopySqlite& step) { return Components{step.component}; },
          [](const ArchiveFiles& step) { return Components{step.component}; },
          [](const RestoreSqlite& step) { return Components{step.component}; },
          [](const RestoreFiles& step) { return Components{step.component}; },
          [](const CheckSources&) { return Components{}; },
          [](const CommitSnapshot&) { return Components{}; },
          [](const VerifySnapshot&) { return Components{}; },
          [](const CheckSnapshot&) { return Components{}; },
          [](const FinishRestore&) { return Components{}; },
      },
      action);
}

// Name of the target or server that a step needs, where it needs one.
std::string target_of(const Action& action) {
  return std::visit(
      [](const auto& step) -> std::string {
        if constexpr (requires { step.target; }) {
          return step.target;
        } else {
          return {};
        }
      },
      action);
}

std::string server_of(const Action& action) {
  return std::visit(
      [](const auto& step) -> std::string {
        if constexpr (requires { step.server; }) {
          return step.server;
        } else {
          return {};
        }
      },
      action);
}

Result<void> verify_graph(const Plan& plan, const Backup& backup, const std::vector<Step>& steps) {
  std::set<std::string> earlier;
  for (const Step& step : steps) {
    for (const std::string& needed : step.after) {
      if (!earlier.contains(needed)) {
        return broken(backup, fmt::format("step `{}` follows `{}`, which does not come before it",
                                          step.id, needed));
      }
    }
    if (!earlier.insert(step.id).second) {
      return broken(backup, fmt::format("two steps are called `{}`", step.id));
    }
    const std::string target = target_of(step.action);
    const std::string server = server_of(step.action);
    if ((!target.empty() && plan.target(target) == nullptr) ||
        (!server.empty() && plan.server(server) == nullptr)) {
      return broken(backup, fmt::format("step `{}` names `{}{}`, which the plan does not hold",
                                        step.id, target, server));
    }
  }
  return {};
}

// The data steps of a graph, each as the list of its components with the host in front.
std::vector<std::vector<std::string>> data_order(const std::vector<Step>& steps) {
  std::vector<std::vector<std::string>> order;
  for (const Step& step : steps) {
    std::vector<std::string> components = components_of(step.action);
    if (!components.empty()) {
      components.insert(components.begin(), step.host);
      order.push_back(std::move(components));
    }
  }
  return order;
}

}  // namespace

Result<void> verify(const Plan& plan) {
  for (const Backup& backup : plan.backups) {
    BACKSTAY_TRY(verify_graph(plan, backup, backup.backup));
    BACKSTAY_TRY(verify_graph(plan, backup, backup.restore));
    auto captured = data_order(backup.backup);
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& step : captured) {
      for (std::size_t index = 1; index < step.size(); ++index) {
        if (!seen.emplace(step.front(), step[index]).second) {
          return broken(backup, fmt::format("component `{}` is captured twice", step[index]));
        }
      }
    }
    std::reverse(captured.begin(), captured.end());
    if (captured != data_order(backup.restore)) {
      return broken(backup, "its restore is not the exact reverse of its backup");
    }
    if (plan.target(backup.target) == nullptr) {
      return broken(backup, fmt::format("its target `{}` is not in the plan", backup.target));
    }
  }
  return {};
}

}  // namespace backstay::plan
