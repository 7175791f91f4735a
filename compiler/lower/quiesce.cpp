#include "compiler/lower/quiesce.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "compiler/lower/host_order.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {

Quiesce::Quiesce(const GraphInput& input, GraphBuilder& graph) : in_(input), graph_(graph) {
  find_groups();
  for (const Index server : dumped_servers(in_.policy, in_.covered)) {
    if (const auto& host = in_.policy.servers[server].host) {
      claims_.reserve(host->value, in_.policy.servers[server].units);
    }
  }
}

// Union by instant-with, over stopped services alone: what runs on holds no instant.
void Quiesce::find_groups() {
  const auto& services = in_.policy.services;
  group_.resize(services.size());
  std::iota(group_.begin(), group_.end(), std::size_t{0});
  const auto root = [&](std::size_t at) {
    while (group_[at] != at) {
      at = group_[at] = group_[group_[at]];
    }
    return at;
  };
  const auto stopped = [&](Index service) {
    return in_.covered[service] && services[service].quiesce_stop.has_value();
  };
  for (Index index = 0; index < services.size(); ++index) {
    for (const Reference& other : services[index].instant_with) {
      if (stopped(index) && stopped(other.value)) {
        group_[root(index)] = root(other.value);
      }
    }
  }
  members_.resize(services.size());
  for (Index index = 0; index < services.size(); ++index) {
    group_[index] = root(index);
    members_[group_[index]].push_back(index);
  }
}

void Quiesce::before(const std::map<Index, std::size_t>& checks) {
  const auto& services = in_.policy.services;
  for (const Index service : in_.order.services) {
    if (in_.covered[service] && services[service].before_backup) {
      for (const Reference& host : services[service].hosts) {
        add_hook_before(service, host.value, first_steps(service, host.value, checks));
      }
    }
  }
  HostOrder reach(services, in_.order.nearest_dependents);
  for (const Index service : in_.order.services) {
    if (in_.covered[service] && services[service].quiesce_stop) {
      for (const Reference& host : services[service].hosts) {
        Nodes after = reach.before(service, host.value);
        append(after, first_steps(service, host.value, checks));
        add_stop(service, host.value, std::move(after));
        if (const auto stop = stops_.find({service, host.value}); stop != stops_.end()) {
          reach.note(service, host.value, {stop->second});
        }
      }
    }
    reach.done(service);
  }
}

// Nothing is held before all that may fail early was looked at, where the data is.
Nodes Quiesce::first_steps(Index service,
                           Index host,
                           const std::map<Index, std::size_t>& checks) const {
  Nodes nodes;
  if (const auto here = checks.find(host); here != checks.end()) {
    nodes.push_back(here->second);
  }
  for (const std::size_t dump : in_.index.databases_of(service)) {
    nodes.push_back(checks.at(in_.data[dump].host));
  }
  return nodes;
}

void Quiesce::add_hook_before(Index service, Index host, Nodes after) {
  const Service& declared = in_.policy.services[service];
  hooks_[{service, host}] =
      graph_.add(hook_step(in_.policy, declared, "before-backup", *declared.before_backup, host),
                 std::move(after));
}

void Quiesce::add_stop(Index service, Index host, Nodes after) {
  const Service& declared = in_.policy.services[service];
  const std::vector<std::string> all = units_of(declared);
  std::vector<std::string> units = claims_.claim(host, service, all);
  if (!units.empty()) {
    if (const auto hook = hooks_.find({service, host}); hook != hooks_.end()) {
      after.push_back(hook->second);
    }
    stopped_[{service, host}] = units;
    std::reverse(units.begin(), units.end());
    const std::string& name = in_.policy.hosts[host].name;
    stops_[{service, host}] =
        graph_.add({.id = fmt::format("stop.{}@{}", declared.name, name),
                    .host = name,
                    .from = fmt::format("service {}: quiesce stop", declared.name),
                    .action = plan::StopUnits{.service = declared.name, .units = units}},
                   std::move(after));
  }
  for (const Index holder : claims_.holders(host, all)) {
    held_by_[{service, host}].push_back(stops_.at({holder, host}));
    serves_[{holder, host}].push_back(service);
  }
}

Nodes Quiesce::needed_by(const DataStep& data) const {
  const bool databases = takes_databases(data.action);
  Nodes nodes;
  const auto add = [&](Index service, Index host) {
    if (const auto held = held_by_.find({service, host}); held != held_by_.end()) {
      append(nodes, held->second);
    }
  };
  for (const Index owner : data.owners) {
    for (const Reference& host : in_.policy.services[owner].hosts) {
      const auto hook = hooks_.find({owner, host.value});
      if (hook != hooks_.end() && (databases || host.value == data.host)) {
        nodes.push_back(hook->second);
      }
    }
    for (const Index member : members_[group_[owner]]) {
      for (const Reference& host : in_.policy.services[member].hosts) {
        if (databases || host.value == data.host) {
          add(member, host.value);
        }
      }
    }
  }
  sort_unique(nodes);
  return nodes;
}

void Quiesce::after(const Nodes& data) {
  const auto& services = in_.policy.services;
  HostOrder reach(services, in_.order.nearest_needs);
  for (const Index service : in_.order.starting) {
    for (const Reference& host : services[service].hosts) {
      if (stops_.contains({service, host.value})) {
        add_start(service, host.value, data, reach.before(service, host.value));
        reach.note(service, host.value, {starts_.at({service, host.value})});
      }
    }
    reach.done(service);
  }
  for (const Index service : in_.order.starting) {
    if (in_.covered[service] && services[service].after_backup) {
      for (const Reference& host : services[service].hosts) {
        add_hook_after(service, host.value, data);
      }
    }
  }
}

Nodes Quiesce::data_of(Index service, Index host, const Nodes& data) const {
  Nodes nodes;
  for (const Index member : members_[group_[service]]) {
    for (const std::size_t step : in_.index.of(member, host)) {
      nodes.push_back(data[step]);
    }
  }
  return nodes;
}

void Quiesce::add_start(Index service, Index host, const Nodes& data, Nodes after) {
  const Service& declared = in_.policy.services[service];
  const std::size_t stop = stops_.at({service, host});
  after.push_back(stop);
  for (const Index served : serves_.at({service, host})) {
    append(after, data_of(served, host, data));
  }
  const std::string& name = in_.policy.hosts[host].name;
  plan::StartUnits action{};
  action.service = declared.name;
  action.units = stopped_.at({service, host});
  const std::size_t start =
      graph_.add({.id = fmt::format("start.{}@{}", declared.name, name),
                  .host = name,
                  .from = fmt::format("service {}: quiesce stop", declared.name),
                  .action = std::move(action),
                  .always = true},
                 std::move(after));
  graph_.undo(start, stop);
  starts_[{service, host}] = start;
  released_[host].push_back(start);
}

void Quiesce::add_hook_after(Index service, Index host, const Nodes& data) {
  const Service& declared = in_.policy.services[service];
  Nodes after;
  for (const std::size_t step : in_.index.of(service, host)) {
    after.push_back(data[step]);
  }
  std::optional<std::size_t> undone;
  for (const auto* steps : {&starts_, &stops_, &hooks_}) {
    if (const auto found = steps->find({service, host}); found != steps->end()) {
      after.push_back(found->second);
      undone = steps == &starts_ ? undone : found->second;
    }
  }
  NewStep step = hook_step(in_.policy, declared, "after-backup", *declared.after_backup, host);
  step.always = undone.has_value();
  const std::size_t hook = graph_.add(std::move(step), std::move(after));
  if (undone) {
    graph_.undo(hook, *undone);
  }
  released_[host].push_back(hook);
}

Nodes Quiesce::released_on(Index host) const {
  const auto found = released_.find(host);
  return found == released_.end() ? Nodes{} : found->second;
}

}  // namespace backstay::compiler
