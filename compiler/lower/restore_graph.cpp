#include <algorithm>

#include <fmt/format.h>

#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/data_actions.hpp"
#include "compiler/lower/lower_parts.hpp"
#include "compiler/lower/restored_data.hpp"
#include "compiler/lower/service_starts.hpp"
#include "compiler/lower/units.hpp"

namespace backstay::compiler {
namespace {

/// More hosts than this are not waited for one by one.
constexpr std::size_t kMostDirect = 16;

class RestoreGraph {
 public:
  explicit RestoreGraph(const GraphInput& input)
      : in_(input),
        target_(name_of(input.policy.targets, input.backup.target)),
        from_(fmt::format("backup {}", input.backup.name)),
        affected_(affected_services(input)) {
    for (const Index server : dumped_servers(in_.policy, in_.covered)) {
      if (const auto& host = in_.policy.servers[server].host) {
        claims_.reserve(host->value, in_.policy.servers[server].units);
      }
    }
  }

  std::vector<plan::Step> make() {
    for (const Index host : in_.index.hosts()) {
      checks_[host] = graph_.add({.id = "check-snapshot@" + host_name(host),
                                  .host = host_name(host),
                                  .from = from_,
                                  .action = plan::CheckSnapshot{target_}},
                                 {});
    }
    add_hooks();
    add_stops();
    add_keeps();
    const std::size_t first = graph_.size();
    const RestoredSteps restored = restore_data(in_, graph_, keeps_);
    start_services(in_, graph_, affected_, restored, stops_);
    add_finishes(first);
    return graph_.take();
  }

 private:
  [[nodiscard]] const std::string& host_name(Index host) const {
    return in_.policy.hosts[host].name;
  }

  // A host without data of its own waits for the snapshots of the others.
  [[nodiscard]] Nodes checks_of(Index host) const {
    if (const auto here = checks_.find(host); here != checks_.end()) {
      return {here->second};
    }
    Nodes nodes;
    for (const auto& [other, node] : checks_) {
      if (nodes.empty() || checks_.size() <= kMostDirect) {
        nodes.push_back(node);
      }
    }
    return nodes;
  }

  void add_hooks() {
    for (const Index service : in_.order.services) {
      const Service& declared = in_.policy.services[service];
      if (!in_.covered[service] || !declared.before_restore) {
        continue;
      }
      for (const Reference& host : declared.hosts) {
        const std::size_t hook = graph_.add(
            hook_step(in_.policy, declared, "before-restore", *declared.before_restore, host.value),
            checks_of(host.value));
        hooks_[{service, host.value}] = hook;
        held_[host.value].push_back(hook);
      }
    }
  }

  void add_stops() {
    HostOrder reach(in_.policy.services, in_.order.nearest_dependents);
    for (const Index service : in_.order.services) {
      if (affected_[service]) {
        for (const Reference& host : in_.policy.services[service].hosts) {
          Nodes after = reach.before(service, host.value);
          append(after, checks_of(host.value));
          if (add_stop(service, host.value, std::move(after))) {
            reach.note(service, host.value, {stops_.at({service, host.value})});
          }
        }
      }
      reach.done(service);
    }
  }

  bool add_stop(Index service, Index host, Nodes after) {
    const Service& declared = in_.policy.services[service];
    std::vector<std::string> units = claims_.claim(host, service, units_of(declared));
    if (units.empty()) {
      return false;
    }
    std::reverse(units.begin(), units.end());
    if (const auto hook = hooks_.find({service, host}); hook != hooks_.end()) {
      after.push_back(hook->second);
    }
    const std::size_t stop =
        graph_.add({.id = fmt::format("stop.{}@{}", declared.name, host_name(host)),
                    .host = host_name(host),
                    .from = fmt::format("service {}: units", declared.name),
                    .action = plan::StopUnits{.service = declared.name, .units = std::move(units)}},
                   std::move(after));
    stops_[{service, host}] = stop;
    held_[host].push_back(stop);
    return true;
  }

  // Once all that writes here is stopped, wherever it runs.
  void add_keeps() {
    for (const Index host : in_.index.hosts()) {
      Nodes after = held_[host];
      after.push_back(checks_.at(host));
      for (const std::size_t step : in_.index.on(host)) {
        if (takes_databases(in_.data[step].action)) {
          for (const Index owner : in_.data[step].owners) {
            append_stops(owner, after);
          }
        }
      }
      keeps_[host] = graph_.add({.id = "keep-current@" + host_name(host),
                                 .host = host_name(host),
                                 .from = from_,
                                 .action = plan::KeepCurrent{target_}},
                                std::move(after));
    }
  }

  void append_stops(Index service, Nodes& nodes) const {
    for (const Reference& host : in_.policy.services[service].hosts) {
      if (const auto stop = stops_.find({service, host.value}); stop != stops_.end()) {
        nodes.push_back(stop->second);
      }
    }
  }

  // Behind all that begins once what is there was kept.
  void add_finishes(std::size_t first) {
    std::map<std::string, Nodes> by_host;
    for (std::size_t node = first; node < graph_.size(); ++node) {
      by_host[graph_.host(node)].push_back(node);
    }
    for (const Index host : in_.index.hosts()) {
      graph_.add({.id = "finish@" + host_name(host),
                  .host = host_name(host),
                  .from = from_,
                  .action = plan::FinishRestore{}},
                 by_host[host_name(host)]);
    }
  }

  const GraphInput& in_;
  GraphBuilder graph_;
  std::string target_;
  std::string from_;
  std::vector<bool> affected_;
  UnitClaims claims_;
  std::map<Index, std::size_t> checks_;  // of each host with data
  StepOfPlace hooks_;                    // before-restore
  StepOfPlace stops_;
  std::map<Index, Nodes> held_;  // of each host: what ends before anything is overwritten
  std::map<Index, std::size_t> keeps_;
};

}  // namespace

std::vector<plan::Step> restore_graph(const GraphInput& input) {
  return RestoreGraph(input).make();
}

}  // namespace backstay::compiler
