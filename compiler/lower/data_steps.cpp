#include "compiler/lower/data_steps.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "compiler/lower/service_order.hpp"
#include "compiler/model/component_name.hpp"
#include "compiler/paths/path_order.hpp"
#include "compiler/paths/path_pattern.hpp"

namespace backstay::compiler {
namespace {

std::string component(const Service& service, std::string_view part) {
  return fmt::format("{}.{}", service.name, part);
}

// Can a pattern select something at or below `path`? Yes where one of the two literal beginnings
// holds the other: a rule too many changes nothing, one too few would.
bool may_reach(std::string_view path, const RuleFact& rule) {
  const auto pattern = PathPattern::parse(rule.pattern.value);
  if (!pattern) {
    return true;
  }
  const std::string_view top = without_root_slash(path);
  return path_contains(top, pattern->prefix()) || path_contains(pattern->prefix(), top);
}

std::vector<plan::PathRule> rules_for(std::string_view path, const std::vector<RuleFact>& facts) {
  std::vector<plan::PathRule> rules;
  for (const RuleFact& fact : facts) {
    if (may_reach(path, fact)) {
      rules.push_back({.pattern = fact.pattern.value,
                       .because = fact.because ? fact.because->value : std::string()});
    }
  }
  return rules;
}

// Paths or SQLite files of a service in the order of their components' names.
template <typename Fact>
std::vector<const Fact*> by_name(const std::vector<Fact>& facts) {
  std::vector<const Fact*> sorted;
  sorted.reserve(facts.size());
  for (const Fact& fact : facts) {
    sorted.push_back(&fact);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Fact* one, const Fact* other) { return one->name.value < other->name.value; });
  return sorted;
}

plan::ArchiveFiles archive(const Service& service, const PathFact& path) {
  return {.component = component(service, path.name.value),
          .path = path.path.value,
          .except = rules_for(path.path.value, service.excepts),
          .keep = rules_for(path.path.value, service.keeps),
          .optional = path.optional,
          .may_change = path.may_change,
          .may_vanish = path.may_vanish};
}

/// Collects the steps of one host.
class HostSteps {
 public:
  HostSteps(const Policy& policy,
            const Backup& backup,
            const std::vector<Index>& order,
            const std::vector<std::vector<Index>>& dependents,
            Index host)
      : policy_(policy),
        order_(order),
        dependents_(dependents),
        host_(host),
        covered_(policy.services.size(), false) {
    for (const Reference& service : backup.services) {
      covered_[service.value] = !policy.services[service.value].external;
    }
  }

  // Appends to `steps`, whose indices `after` uses.
  void append(std::vector<DataStep>& steps) {
    add_databases(steps);
    add_paths(steps);
  }

 private:
  [[nodiscard]] bool lives_here(const Service& service) const {
    return std::any_of(service.hosts.begin(), service.hosts.end(),
                       [this](const Reference& host) { return host.value == host_; });
  }

  [[nodiscard]] bool is_here(const DatabaseFact& database) const {
    const auto& host = policy_.mariadbs[database.server.value].host;
    return host && host->value == host_;
  }

  [[nodiscard]] std::string id(std::string_view verb, std::string_view what) const {
    return fmt::format("{}.{}@{}", verb, what, policy_.hosts[host_].name);
  }

  std::size_t add(std::vector<DataStep>& steps,
                  std::string step_id,
                  std::string from,
                  plan::Action action) {
    steps.push_back({.host = host_,
                     .id = std::move(step_id),
                     .from = std::move(from),
                     .action = std::move(action),
                     .after = {}});
    return steps.size() - 1;
  }

  // The dump of a server stands where the first of its services does. One after another: what a
  // service keeps in several places has one order, and the edges stay as many as the steps.
  void add_databases(std::vector<DataStep>& steps) {
    std::set<Index> dumped;
    for (const Index index : order_) {
      const Service& service = policy_.services[index];
      if (!covered_[index]) {
        continue;
      }
      for (const DatabaseFact& database : service.databases) {
        if (is_here(database) && dumped.insert(database.server.value).second) {
          chain(steps, add_dump(steps, database.server.value));
        }
      }
      if (!lives_here(service)) {
        continue;
      }
      for (const SqliteFact* sqlite : by_name(service.sqlites)) {
        chain(steps, add_sqlite(steps, service, *sqlite));
      }
    }
  }

  void chain(std::vector<DataStep>& steps, std::size_t step) {
    if (last_database_) {
      steps[step].after.push_back(*last_database_);
    }
    last_database_ = step;
  }

  std::size_t add_dump(std::vector<DataStep>& steps, Index server);

  std::size_t add_sqlite(std::vector<DataStep>& steps,
                         const Service& service,
                         const SqliteFact& sqlite) {
    const std::string name = component(service, sqlite.name.value);
    return add(steps, id("sqlite", name),
               fmt::format("service {}: sqlite {}", service.name, sqlite.path.value),
               plan::CopySqlite{.component = name, .path = sqlite.path.value});
  }

  // Where a service has no path here, those that need it stand for it.
  void add_paths(std::vector<DataStep>& steps) {
    std::vector<std::vector<std::size_t>> frontier(policy_.services.size());
    for (const Index index : order_) {
      const Service& service = policy_.services[index];
      std::vector<std::size_t> before;
      for (const Index dependent : dependents_[index]) {
        before.insert(before.end(), frontier[dependent].begin(), frontier[dependent].end());
      }
      std::sort(before.begin(), before.end());
      before.erase(std::unique(before.begin(), before.end()), before.end());
      if (!covered_[index] || !lives_here(service) || service.paths.empty()) {
        frontier[index] = std::move(before);
        continue;
      }
      for (const PathFact* path : by_name(service.paths)) {
        const std::size_t step =
            add(steps, id("archive", component(service, path->name.value)),
                fmt::format("service {}: path {}", service.name, path->path.value),
                archive(service, *path));
        steps[step].after = before;
        if (before.empty() && last_database_) {
          steps[step].after.push_back(*last_database_);
        }
        frontier[index].push_back(step);
      }
    }
  }

  const Policy& policy_;
  const std::vector<Index>& order_;
  const std::vector<std::vector<Index>>& dependents_;
  Index host_;
  std::vector<bool> covered_;
  std::optional<std::size_t> last_database_;  // the newest step of a database or SQLite file
};

// `database all` leaves out what any service names, in this backup or another one.
std::vector<std::string> named_databases(const Policy& policy,
                                         Index server,
                                         const DatabaseFact& all) {
  std::set<std::string> names;
  for (const Located<std::string>& name : all.except) {
    names.insert(name.value);
  }
  for (const Service& service : policy.services) {
    for (const DatabaseFact& database : service.databases) {
      if (!database.all && database.server.value == server) {
        names.insert(database.name.value);
      }
    }
  }
  return {names.begin(), names.end()};
}

std::size_t HostSteps::add_dump(std::vector<DataStep>& steps, Index server) {
  const std::string& name = policy_.mariadbs[server].name;
  plan::DumpMariadb dump{.server = name,
                         .databases = {},
                         .all_component = {},
                         .all_except = {},
                         .accounts_component = fmt::format("{}.{}", name, kAccountsPart)};
  for (Index index = 0; index < policy_.services.size(); ++index) {
    const Service& service = policy_.services[index];
    for (const DatabaseFact& database : service.databases) {
      if (!covered_[index] || database.server.value != server) {
        continue;
      }
      if (database.all) {
        dump.all_component = component(service, kAllDatabasesPart);
        dump.all_except = named_databases(policy_, server, database);
      } else {
        dump.databases.push_back(
            {.component = component(service, component_part(database.name.value)),
             .database = database.name.value});
      }
    }
  }
  std::sort(dump.databases.begin(), dump.databases.end(),
            [](const plan::DatabaseComponent& one, const plan::DatabaseComponent& other) {
              return one.database < other.database;
            });
  return add(steps, id("dump", name), fmt::format("mariadb {}", name), std::move(dump));
}

// Hosts that hold a part of the backup.
std::set<Index> hosts_of(const Policy& policy, const Backup& backup) {
  std::set<Index> hosts;
  for (const Reference& reference : backup.services) {
    const Service& service = policy.services[reference.value];
    if (service.external) {
      continue;
    }
    for (const Reference& host : service.hosts) {
      hosts.insert(host.value);
    }
    for (const DatabaseFact& database : service.databases) {
      if (const auto& host = policy.mariadbs[database.server.value].host) {
        hosts.insert(host->value);
      }
    }
  }
  return hosts;
}

}  // namespace

std::vector<DataStep> data_steps(const Policy& policy, const Backup& backup) {
  const std::vector<Index> order = capture_order(policy.services);
  const auto dependents = dependents_of(policy.services);
  std::vector<DataStep> steps;
  for (const Index host : hosts_of(policy, backup)) {
    HostSteps(policy, backup, order, dependents, host).append(steps);
  }
  return steps;
}

}  // namespace backstay::compiler
