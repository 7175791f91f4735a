#include "compiler/lower/data_steps.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/lower/data_actions.hpp"
#include "compiler/lower/host_order.hpp"
#include "compiler/lower/path_rules.hpp"
#include "compiler/lower/service_order.hpp"

namespace backstay::compiler {
namespace {

/// Collects the steps, databases first.
class Collector {
 public:
  Collector(const Policy& policy, const CaptureOrder& order, const std::vector<bool>& covered)
      : policy_(policy),
        order_(order),
        covered_(covered),
        dumps_(policy.servers.size()),
        database_reach_(policy.services, order.nearest_dependents),
        path_reach_(policy.services, order.nearest_dependents),
        restore_reach_(policy.services, order.nearest_dependents) {}

  std::vector<DataStep> collect() {
    for (const Index service : order_.services) {
      if (covered_[service]) {
        add_databases(service);
      }
      database_reach_.done(service);
    }
    for (const Index service : order_.services) {
      if (covered_[service]) {
        add_paths(service);
      }
      path_reach_.done(service);
      restore_reach_.done(service);
    }
    return std::move(steps_);
  }

 private:
  std::size_t add(DataStep step) {
    steps_.push_back(std::move(step));
    return steps_.size() - 1;
  }

  // --- databases and SQLite files ---------------------------------------------------------------

  // One after another on each host: what a service keeps in several places has one order then, and
  // the edges stay as many as the steps. A server's dump stands where the first of its services
  // does.
  void add_databases(Index index) {
    const Service& service = policy_.services[index];
    for (const DatabaseFact& database : service.databases) {
      const Index server = database.server.value;
      if (!dumps_[server] && policy_.servers[server].host) {
        const Index host = policy_.servers[server].host->value;
        dumps_[server] = chain(index, dump_step(server, host));
      }
      if (dumps_[server]) {
        database_reach_.note(index, steps_[*dumps_[server]].host, {*dumps_[server]});
      }
    }
    for (const SqliteFact* sqlite : by_name(service.sqlites)) {
      for (const Reference& host : service.hosts) {
        const std::size_t step = chain(index, sqlite_step(policy_, index, *sqlite, host.value));
        database_reach_.note(index, host.value, {step});
      }
    }
  }

  DataStep dump_step(Index server, Index host) const {
    std::vector<OwnedDatabase> mine;
    for (const OwnedDatabase& owned : order_.databases[server]) {
      if (covered_[owned.service]) {
        mine.push_back(owned);
      }
    }
    return server_step(policy_, server, host, mine, order_.databases[server]);
  }

  std::size_t chain(Index service, DataStep made) {
    const Index host = made.host;
    for (const std::size_t earlier : database_reach_.before(service, host)) {
      if (steps_[earlier].host != host) {
        made.after.push_back(earlier);
      }
    }
    if (const auto last = last_database_.find(host); last != last_database_.end()) {
      made.after.push_back(last->second);
    }
    made.restored_before = made.after;
    return last_database_[host] = add(std::move(made));
  }

  // --- paths and exports ------------------------------------------------------------------------

  // Side by side, but for dependents.
  void add_paths(Index index) {
    const Service& service = policy_.services[index];
    if (service.paths.empty() && service.exports.empty()) {
      return;
    }
    const PathRules excepts(service.excepts);
    const PathRules keeps(service.keeps);
    const auto paths = by_name(service.paths);
    for (const Reference& at : service.hosts) {
      const Index host = at.value;
      const bool exports = at.value == service.hosts.front().value;
      if (paths.empty() && !exports) {
        continue;
      }
      const Nodes before = wait_for(path_reach_, index, host);
      Nodes added;
      if (!paths.empty()) {
        const Nodes restored = wait_for(restore_reach_, index, host);
        for (const PathFact* path : paths) {
          DataStep step = path_step(policy_, index, *path, excepts, keeps, host);
          step.after = before;
          step.restored_before = restored;
          added.push_back(add(std::move(step)));
        }
        restore_reach_.note(index, host, added);
      }
      if (exports) {
        for (const ExportFact& fact : service.exports) {
          DataStep step = export_step(policy_, index, fact, host);
          step.after = before;
          added.push_back(add(std::move(step)));
        }
      }
      path_reach_.note(index, host, added);
    }
  }

  // Dependents, the databases of the service itself, and those of the host.
  Nodes wait_for(HostOrder& reach, Index index, Index host) {
    Nodes before = reach.before(index, host);
    const bool waits_here = std::any_of(
        before.begin(), before.end(), [&](std::size_t step) { return steps_[step].host == host; });
    const auto last = last_database_.find(host);
    if (!waits_here && last != last_database_.end()) {
      before.push_back(last->second);
    }
    for (const DatabaseFact& database : policy_.services[index].databases) {
      const auto& dump = dumps_[database.server.value];
      if (dump && steps_[*dump].host != host) {
        before.push_back(*dump);
      }
    }
    sort_unique(before);
    return before;
  }

  const Policy& policy_;
  const CaptureOrder& order_;
  const std::vector<bool>& covered_;
  std::vector<DataStep> steps_;
  std::map<Index, std::size_t> last_database_;     // of each host: the newest of its chain
  std::vector<std::optional<std::size_t>> dumps_;  // of each server
  HostOrder database_reach_;
  HostOrder path_reach_;
  HostOrder restore_reach_;  // without exports, which no restore waits for
};

}  // namespace

CaptureOrder::CaptureOrder(const Policy& policy)
    : services(capture_order(policy.services)),
      starting(starting_order(policy.services)),
      nearest_dependents(nearest_dependents_of(policy.services)),
      nearest_needs(policy.services.size()),
      databases(policy.servers.size()) {
  for (Index index = 0; index < policy.services.size(); ++index) {
    for (const Index dependent : nearest_dependents[index]) {
      nearest_needs[dependent].push_back(index);
    }
    for (const DatabaseFact& database : policy.services[index].databases) {
      databases[database.server.value].push_back({index, &database});
    }
  }
}

std::vector<bool> covered_services(const Policy& policy, const std::vector<Reference>& services) {
  std::vector<bool> covered(policy.services.size(), false);
  for (const Reference& service : services) {
    covered[service.value] = !policy.services[service.value].external;
  }
  return covered;
}

std::vector<DataStep> data_steps(const Policy& policy,
                                 const CaptureOrder& order,
                                 const std::vector<bool>& covered) {
  return Collector(policy, order, covered).collect();
}

}  // namespace backstay::compiler
