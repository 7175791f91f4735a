#include "compiler/lower/restored_data.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/lower/data_actions.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

bool is_files(const DataStep& data) {
  return std::holds_alternative<plan::ArchiveFiles>(data.action);
}

class RestoredData {
 public:
  RestoredData(const GraphInput& input,
               GraphBuilder& graph,
               const std::map<Index, std::size_t>& first)
      : in_(input), graph_(graph), first_(first), nodes_(input.data.size(), kNoNode) {}

  RestoredSteps add_all() {
    // Every edge of the capture turned round.
    std::vector<Nodes> after(in_.data.size());
    for (std::size_t step = 0; step < in_.data.size(); ++step) {
      for (const std::size_t earlier : in_.data[step].restored_before) {
        after[earlier].push_back(step);
      }
    }
    for (std::size_t step = in_.data.size(); step-- > 0;) {
      if (!std::holds_alternative<plan::CaptureOutput>(in_.data[step].action)) {
        add(step, after[step]);
      }
    }
    return {.nodes = std::move(nodes_), .restarts = std::move(restarts_)};
  }

 private:
  void add(std::size_t step, const Nodes& later) {
    const DataStep& data = in_.data[step];
    Nodes after = {first_.at(data.host)};
    for (const std::size_t other : later) {
      after.push_back(nodes_[other]);
    }
    if (takes_databases(data.action)) {
      append(after, restart_server(data));
    }
    nodes_[step] = graph_.add({.id = restore_id(data.id),
                               .host = in_.policy.hosts[data.host].name,
                               .from = data.from,
                               .action = restore_of(data.action)},
                              std::move(after));
  }

  [[nodiscard]] const DatabaseServer& server_of(const DataStep& data) const {
    const std::string name = std::visit(
        [](const auto& action) -> std::string {
          if constexpr (requires { action.server; }) {
            return action.server;
          } else {
            return {};
          }
        },
        data.action);
    const auto found =
        std::find_if(in_.policy.servers.begin(), in_.policy.servers.end(),
                     [&](const DatabaseServer& server) { return server.name == name; });
    return *found;
  }

  // Where a service lists a server's units, its files are that server's configuration.
  Nodes restart_server(const DataStep& data) {
    const DatabaseServer& server = server_of(data);
    std::set<std::string> units;
    for (const Located<std::string>& unit : server.units) {
      units.insert(unit.value);
    }
    Nodes configuration;
    std::set<Index> owners;
    for (const std::size_t step : in_.index.on(data.host)) {
      const DataStep& other = in_.data[step];
      if (is_files(other) && lists_one(other.owners.front(), units)) {
        configuration.push_back(nodes_[step]);
        owners.insert(other.owners.front());
      }
    }
    if (configuration.empty()) {
      return {};
    }
    const std::string& host = in_.policy.hosts[data.host].name;
    plan::StartUnits action{};
    action.server = server.name;
    action.units = values_of(server.units);
    action.restart = true;
    const std::size_t restart = graph_.add({.id = fmt::format("restart.{}@{}", server.name, host),
                                            .host = host,
                                            .from = data.from,
                                            .action = std::move(action)},
                                           std::move(configuration));
    for (const Index owner : owners) {
      restarts_[{owner, data.host}] = restart;
    }
    return {restart};
  }

  [[nodiscard]] bool lists_one(Index service, const std::set<std::string>& units) const {
    const auto& listed = in_.policy.services[service].units;
    return std::any_of(listed.begin(), listed.end(), [&](const Located<std::string>& unit) {
      return units.contains(unit.value);
    });
  }

  const GraphInput& in_;
  GraphBuilder& graph_;
  const std::map<Index, std::size_t>& first_;
  Nodes nodes_;
  StepOfPlace restarts_;
};

}  // namespace

RestoredSteps restore_data(const GraphInput& input,
                           GraphBuilder& graph,
                           const std::map<Index, std::size_t>& first) {
  return RestoredData(input, graph, first).add_all();
}

}  // namespace backstay::compiler
