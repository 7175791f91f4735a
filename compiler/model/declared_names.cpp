#include "compiler/model/declared_names.hpp"

#include <algorithm>
#include <array>

#include "compiler/model/component_name.hpp"

namespace backstay::compiler {
namespace {

template <typename Declaration>
std::vector<std::string> names_of(const std::vector<Declaration>& declarations) {
  std::vector<std::string> names;
  names.reserve(declarations.size());
  for (const Declaration& declaration : declarations) {
    names.push_back(declaration.name);
  }
  return names;
}

std::vector<std::string> server_names(const Policy& policy, ServerKind kind) {
  std::vector<std::string> names;
  for (const DatabaseServer& server : policy.servers) {
    if (server.kind == kind) {
      names.push_back(server.name);
    }
  }
  return names;
}

std::vector<std::string> component_names(const Policy& policy) {
  std::vector<std::string> names;
  for (const Service& service : policy.services) {
    const auto add = [&](std::string_view part) {
      names.push_back(service.name + "." + std::string(part));
    };
    for (const DatabaseFact& database : service.databases) {
      add(database.all ? std::string(kAllDatabasesPart) : component_part(database.name.value));
    }
    const auto add_all = [&](const auto& facts) {
      for (const auto& fact : facts) {
        add(fact.name.value);
      }
    };
    add_all(service.paths);
    add_all(service.sqlites);
    add_all(service.exports);
  }
  for (const DatabaseServer& server : policy.servers) {
    names.push_back(server.name + "." + std::string(kAccountsPart));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> parameter_names(const Policy& policy) {
  std::vector<std::string> names;
  for (const auto& [name, value] : policy.parameters) {
    names.push_back(name);
  }
  return names;
}

using Names = std::vector<std::string>;

/// A kind of declaration and the way to its names.
struct Row {
  std::string_view kind;
  Names (*names)(const Policy& policy);
};

constexpr std::array kKinds{
    Row{"backup", [](const Policy& policy) { return names_of(policy.backups); }},
    Row{"component", component_names},
    Row{"drill", [](const Policy& policy) { return names_of(policy.drills); }},
    Row{"group", [](const Policy& policy) { return names_of(policy.groups); }},
    Row{"host", [](const Policy& policy) { return names_of(policy.hosts); }},
    Row{"key", [](const Policy& policy) { return names_of(policy.keys); }},
    Row{"mariadb", [](const Policy& policy) { return server_names(policy, ServerKind::Mariadb); }},
    Row{"notify", [](const Policy& policy) { return names_of(policy.notifies); }},
    Row{"param", parameter_names},
    Row{"policy", [](const Policy& policy) { return Names{policy.name}; }},
    Row{"postgresql",
        [](const Policy& policy) { return server_names(policy, ServerKind::Postgresql); }},
    Row{"retention", [](const Policy& policy) { return names_of(policy.retentions); }},
    Row{"schedule", [](const Policy& policy) { return names_of(policy.schedules); }},
    Row{"secret", [](const Policy& policy) { return names_of(policy.secrets); }},
    Row{"service", [](const Policy& policy) { return names_of(policy.services); }},
    Row{"site", [](const Policy& policy) { return names_of(policy.sites); }},
    Row{"target", [](const Policy& policy) { return names_of(policy.targets); }},
};

}  // namespace

std::optional<std::vector<std::string>> declared_names(const Policy& policy,
                                                       std::string_view kind) {
  for (const Row& row : kKinds) {
    if (row.kind == kind) {
      return row.names(policy);
    }
  }
  return std::nullopt;
}

}  // namespace backstay::compiler
