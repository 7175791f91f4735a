#include "compiler/plan/action_facts.hpp"

#include <algorithm>

namespace backstay::plan {
namespace {

template <typename Step>
constexpr bool is_one_of_databases = requires(const Step& step) {
  step.databases;
};

template <typename Step>
constexpr bool is_one_of_component = requires(const Step& step) {
  step.component;
};

void add_if_named(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty()) {
    names.push_back(name);
  }
}

}  // namespace

std::vector<std::string> components_of(const Action& action) {
  std::vector<std::string> names;
  std::visit(
      [&](const auto& step) {
        using Step = std::decay_t<decltype(step)>;
        if constexpr (is_one_of_databases<Step>) {
          for (const DatabaseComponent& one : step.databases) {
            names.push_back(one.component);
          }
          add_if_named(names, step.all_component);
        }
        if constexpr (is_one_of_component<Step>) {
          names.push_back(step.component);
        }
        if constexpr (requires { step.accounts_component; }) {
          add_if_named(names, step.accounts_component);
        }
      },
      action);
  return names;
}

bool captures(const Action& action) {
  return std::holds_alternative<DumpMariadb>(action) ||
         std::holds_alternative<DumpMariadbPhysical>(action) ||
         std::holds_alternative<DumpPostgresql>(action) ||
         std::holds_alternative<CopySqlite>(action) ||
         std::holds_alternative<CaptureOutput>(action) ||
         std::holds_alternative<ArchiveFiles>(action);
}

bool is_export(const Action& action) {
  return std::holds_alternative<CaptureOutput>(action) ||
         std::holds_alternative<FeedCommand>(action);
}

std::vector<std::string> targets_of(const Action& action) {
  std::vector<std::string> names;
  std::visit(
      [&](const auto& step) {
        if constexpr (requires { step.target; }) {
          add_if_named(names, step.target);
        }
        if constexpr (requires { step.source; }) {
          add_if_named(names, step.source);
        }
      },
      action);
  return names;
}

std::vector<std::string> servers_of(const Action& action) {
  std::vector<std::string> names;
  std::visit(
      [&](const auto& step) {
        if constexpr (requires { step.server; }) {
          add_if_named(names, step.server);
        }
        if constexpr (requires { step.servers; }) {
          names.insert(names.end(), step.servers.begin(), step.servers.end());
        }
      },
      action);
  return names;
}

}  // namespace backstay::plan
