#include "compiler/lower/data_steps.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "compiler/lower/path_rules.hpp"
#include "compiler/lower/service_order.hpp"
#include "compiler/model/component_name.hpp"

namespace backstay::compiler {
namespace {

std::string component(const Service& service, std::string_view part) {
  return fmt::format("{}.{}", service.name, part);
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

// `database all` leaves out what any service names, in this backup or another one.
std::vector<std::string> left_out_of_all(const std::vector<OwnedDatabase>& of_server,
                                         const DatabaseFact& all) {
  std::set<std::string> names;
  for (const Located<std::string>& name : all.except) {
    names.insert(name.value);
  }
  for (const OwnedDatabase& database : of_server) {
    if (!database.fact->all) {
      names.insert(database.fact->name.value);
    }
  }
  return {names.begin(), names.end()};
}

/// Collects the steps of one host.
class HostSteps {
 public:
  HostSteps(const Policy& policy,
            const CaptureOrder& order,
            const std::vector<bool>& covered,
            Index host,
            std::vector<DataStep>& steps)
      : policy_(policy), order_(order), covered_(covered), host_(host), steps_(steps) {}

  // One after another: what a service keeps in several places has one order then, and the edges
  // stay as many as the steps. A server's dump stands where the first of its services does.
  void add_databases() {
    std::set<Index> dumped;
    for (const Index index : order_.services) {
      const Service& service = policy_.services[index];
      if (!covered_[index]) {
        continue;
      }
      for (const DatabaseFact& database : service.databases) {
        if (is_here(database) && dumped.insert(database.server.value).second) {
          chain(add_dump(database.server.value));
        }
      }
      if (lives_here(service)) {
        for (const SqliteFact* sqlite : by_name(service.sqlites)) {
          chain(add_sqlite(service, *sqlite));
        }
      }
    }
  }

  // Side by side, but for dependents. Where a service has no path here, those that need it stand
  // for it.
  void add_paths() {
    std::vector<std::vector<std::size_t>> frontier(policy_.services.size());
    for (const Index index : order_.services) {
      const Service& service = policy_.services[index];
      std::vector<std::size_t> before;
      for (const Index dependent : order_.nearest_dependents[index]) {
        before.insert(before.end(), frontier[dependent].begin(), frontier[dependent].end());
      }
      std::sort(before.begin(), before.end());
      before.erase(std::unique(before.begin(), before.end()), before.end());
      const bool has_paths = covered_[index] && lives_here(service) && !service.paths.empty();
      if (!has_paths) {
        frontier[index] = std::move(before);
        continue;
      }
      if (before.empty() && last_database_) {
        before.push_back(*last_database_);
      }
      frontier[index] = add_paths_of(service, before);
    }
  }

 private:
  [[nodiscard]] bool lives_here(const Service& service) const {
    return std::any_of(service.hosts.begin(), service.hosts.end(),
                       [this](const Reference& host) { return host.value == host_; });
  }

  [[nodiscard]] bool is_here(const DatabaseFact& database) const {
    const auto& host = policy_.servers[database.server.value].host;
    return host && host->value == host_;
  }

  void chain(std::size_t step) {
    if (last_database_) {
      steps_[step].after.push_back(*last_database_);
    }
    last_database_ = step;
  }

  std::size_t add(std::string_view verb,
                  std::string_view what,
                  std::string from,
                  plan::Action action) {
    steps_.push_back({.host = host_,
                      .id = fmt::format("{}.{}@{}", verb, what, policy_.hosts[host_].name),
                      .from = std::move(from),
                      .action = std::move(action),
                      .after = {}});
    return steps_.size() - 1;
  }

  std::size_t add_dump(Index server) {
    const std::string& name = policy_.servers[server].name;
    plan::DumpMariadb dump{.server = name,
                           .databases = {},
                           .all_component = {},
                           .all_except = {},
                           .accounts_component = fmt::format("{}.{}", name, kAccountsPart)};
    for (const OwnedDatabase& owned : order_.databases[server]) {
      const Service& service = policy_.services[owned.service];
      if (!covered_[owned.service]) {
        continue;
      }
      if (owned.fact->all) {
        dump.all_component = component(service, kAllDatabasesPart);
        dump.all_except = left_out_of_all(order_.databases[server], *owned.fact);
      } else {
        const std::string& database = owned.fact->name.value;
        dump.databases.push_back(
            {.component = component(service, component_part(database)), .database = database});
      }
    }
    std::sort(dump.databases.begin(), dump.databases.end(),
              [](const plan::DatabaseComponent& one, const plan::DatabaseComponent& other) {
                return one.database < other.database;
              });
    return add("dump", name, fmt::format("mariadb {}", name), std::move(dump));
  }

  std::size_t add_sqlite(const Service& service, const SqliteFact& sqlite) {
    const std::string name = component(service, sqlite.name.value);
    return add("sqlite", name,
               fmt::format("service {}: sqlite {}", service.name, sqlite.path.value),
               plan::CopySqlite{.component = name, .path = sqlite.path.value});
  }

  std::vector<std::size_t> add_paths_of(const Service& service,
                                        const std::vector<std::size_t>& before) {
    const PathRules excepts(service.excepts);
    const PathRules keeps(service.keeps);
    std::vector<std::size_t> added;
    for (const PathFact* path : by_name(service.paths)) {
      const std::string name = component(service, path->name.value);
      added.push_back(add("archive", name,
                          fmt::format("service {}: path {}", service.name, path->path.value),
                          plan::ArchiveFiles{.component = name,
                                             .path = path->path.value,
                                             .except = excepts.reaching(path->path.value),
                                             .keep = keeps.reaching(path->path.value),
                                             .optional = path->optional,
                                             .may_change = path->may_change,
                                             .may_vanish = path->may_vanish}));
      steps_.back().after = before;
    }
    return added;
  }

  const Policy& policy_;
  const CaptureOrder& order_;
  const std::vector<bool>& covered_;
  Index host_;
  std::vector<DataStep>& steps_;
  std::optional<std::size_t> last_database_;  // the newest step of a database or SQLite file
};

// Hosts that hold a part of the backup.
std::set<Index> hosts_of(const Policy& policy, const std::vector<bool>& covered) {
  std::set<Index> hosts;
  for (Index index = 0; index < policy.services.size(); ++index) {
    const Service& service = policy.services[index];
    if (!covered[index]) {
      continue;
    }
    for (const Reference& host : service.hosts) {
      hosts.insert(host.value);
    }
    for (const DatabaseFact& database : service.databases) {
      if (const auto& host = policy.servers[database.server.value].host) {
        hosts.insert(host->value);
      }
    }
  }
  return hosts;
}

}  // namespace

CaptureOrder::CaptureOrder(const Policy& policy)
    : services(capture_order(policy.services)),
      nearest_dependents(nearest_dependents_of(policy.services)),
      databases(policy.servers.size()) {
  for (Index index = 0; index < policy.services.size(); ++index) {
    for (const DatabaseFact& database : policy.services[index].databases) {
      databases[database.server.value].push_back({index, &database});
    }
  }
}

std::vector<DataStep> data_steps(const Policy& policy,
                                 const CaptureOrder& order,
                                 const Backup& backup) {
  std::vector<bool> covered(policy.services.size(), false);
  for (const Reference& service : backup.services) {
    covered[service.value] = !policy.services[service.value].external;
  }
  std::vector<DataStep> steps;
  for (const Index host : hosts_of(policy, covered)) {
    HostSteps of_host(policy, order, covered, host, steps);
    of_host.add_databases();
    of_host.add_paths();
  }
  return steps;
}

}  // namespace backstay::compiler
