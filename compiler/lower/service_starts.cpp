#include "compiler/lower/service_starts.hpp"

#include <fmt/format.h>

#include "compiler/lower/lower_parts.hpp"
#include "compiler/lower/units.hpp"

namespace backstay::compiler {
namespace {

class ServiceStarts {
 public:
  ServiceStarts(const GraphInput& input,
                GraphBuilder& graph,
                const std::vector<bool>& affected,
                const RestoredSteps& restored,
                const StepOfPlace& stops)
      : in_(input),
        graph_(graph),
        affected_(affected),
        restored_(restored),
        stops_(stops),
        reach_(input.policy.services, input.order.nearest_needs) {
    for (const Index server : dumped_servers(in_.policy, in_.covered)) {
      if (const auto& host = in_.policy.servers[server].host) {
        claims_.reserve(host->value, in_.policy.servers[server].units);
      }
    }
    note_sharing();
  }

  void add_all() {
    for (const Index service : in_.order.starting) {
      if (affected_[service]) {
        for (const Reference& host : in_.policy.services[service].hosts) {
          add_service(service, host.value);
        }
      }
      reach_.done(service);
    }
  }

 private:
  // Who lists a unit on a host: it starts once the data of all of them is back.
  void note_sharing() {
    for (Index service = 0; service < in_.policy.services.size(); ++service) {
      if (!in_.covered[service]) {
        continue;
      }
      for (const Reference& host : in_.policy.services[service].hosts) {
        for (const std::string& unit : units_of(in_.policy.services[service])) {
          listed_[host.value][unit].push_back(service);
        }
      }
    }
  }

  void add_service(Index service, Index host) {
    const Service& declared = in_.policy.services[service];
    Nodes last = data_of(service, host);
    append(last, reach_.before(service, host));
    if (in_.covered[service] && declared.after_restore) {
      last = {graph_.add(
          hook_step(in_.policy, declared, "after-restore", *declared.after_restore, host), last)};
    }
    last = add_start(service, host, std::move(last));
    if (in_.covered[service] && host == declared.hosts.front().value) {
      last = add_exports(declared, host, std::move(last));
    }
    if (!declared.checks.empty()) {
      last = {add_check(declared, host, std::move(last))};
    }
    reach_.note(service, host, last);
  }

  [[nodiscard]] Nodes data_of(Index service, Index host) const {
    Nodes nodes;
    for (const std::size_t step : in_.index.of(service, host)) {
      if (restored_.nodes[step] != kNoNode) {
        nodes.push_back(restored_.nodes[step]);
      }
    }
    if (const auto restart = restored_.restarts.find({service, host});
        restart != restored_.restarts.end()) {
      nodes.push_back(restart->second);
    }
    return nodes;
  }

  Nodes add_start(Index service, Index host, Nodes after) {
    const Service& declared = in_.policy.services[service];
    const std::vector<std::string> units = claims_.claim(host, service, started_units_of(declared));
    if (units.empty()) {
      return after;
    }
    if (const auto stop = stops_.find({service, host}); stop != stops_.end()) {
      after.push_back(stop->second);
    }
    for (const std::string& unit : units) {
      for (const Index sharer : listed_[host][unit]) {
        append(after, data_of(sharer, host));
      }
    }
    const std::string& name = in_.policy.hosts[host].name;
    plan::StartUnits action{};
    action.service = declared.name;
    action.units = units;
    return {graph_.add({.id = fmt::format("start.{}@{}", declared.name, name),
                        .host = name,
                        .from = fmt::format("service {}: units", declared.name),
                        .action = std::move(action)},
                       std::move(after))};
  }

  Nodes add_exports(const Service& declared, Index host, Nodes after) {
    Nodes fed;
    const std::string& name = in_.policy.hosts[host].name;
    for (const ExportFact& fact : declared.exports) {
      const std::string component = fmt::format("{}.{}", declared.name, fact.name.value);
      fed.push_back(
          graph_.add({.id = fmt::format("feed.{}@{}", component, name),
                      .host = name,
                      .from = fmt::format("service {}: export {}", declared.name, fact.name.value),
                      .action = plan::FeedCommand{.component = component, .command = fact.import}},
                     after));
    }
    return fed.empty() ? after : fed;
  }

  std::size_t add_check(const Service& declared, Index host, Nodes after) {
    plan::CheckService action{.service = declared.name, .checks = {}};
    for (const CheckFact& check : declared.checks) {
      action.checks.push_back(
          {.command = check.command, .accepts = check.accepts, .within = check.within});
    }
    const std::string& name = in_.policy.hosts[host].name;
    return graph_.add({.id = fmt::format("check.{}@{}", declared.name, name),
                       .host = name,
                       .from = fmt::format("service {}: check", declared.name),
                       .action = std::move(action)},
                      std::move(after));
  }

  const GraphInput& in_;
  GraphBuilder& graph_;
  const std::vector<bool>& affected_;
  const RestoredSteps& restored_;
  const StepOfPlace& stops_;
  HostOrder reach_;
  UnitClaims claims_;
  std::map<Index, std::map<std::string, std::vector<Index>>> listed_;  // host → unit → services
};

}  // namespace

std::vector<bool> affected_services(const GraphInput& input) {
  std::vector<bool> affected = input.covered;
  // What is needed first: a service is affected once one that it needs is.
  for (const Index service : input.order.starting) {
    const Service& declared = input.policy.services[service];
    for (const Reference& needed : declared.needs) {
      affected[service] = affected[service] || affected[needed.value];
    }
    affected[service] = affected[service] && !declared.external;
  }
  return affected;
}

void start_services(const GraphInput& input,
                    GraphBuilder& graph,
                    const std::vector<bool>& affected,
                    const RestoredSteps& restored,
                    const StepOfPlace& stops) {
  ServiceStarts(input, graph, affected, restored, stops).add_all();
}

}  // namespace backstay::compiler
