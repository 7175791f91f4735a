// Hooks and stopped units around a capture.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/units.hpp"

namespace backstay::compiler {

/// Adds the steps before and after the data steps of a backup. Borrows what it is given.
///
/// Services that share an instant and are all stopped are so together: each one's data waits for
/// all to be stopped, and none starts before the data of all is there.
class Quiesce {
 public:
  Quiesce(const GraphInput& input, GraphBuilder& graph);

  /// before-backup and stop-units, dependents first. `checks`: the first step of each host.
  void before(const std::map<Index, std::size_t>& checks);
  /// Nodes that a data step waits for.
  [[nodiscard]] Nodes needed_by(const DataStep& data) const;
  /// start-units and after-backup, what is needed first. `data`: the node of each data step.
  void after(const Nodes& data);
  /// Nodes that release what was held on a host.
  [[nodiscard]] Nodes released_on(Index host) const;

 private:
  using Place = std::pair<Index, Index>;  ///< service, host

  [[nodiscard]] Nodes first_steps(Index service,
                                  Index host,
                                  const std::map<Index, std::size_t>& checks) const;
  void add_hook_before(Index service, Index host, Nodes after);
  void add_stop(Index service, Index host, Nodes after);
  void add_start(Index service, Index host, const Nodes& data, Nodes after);
  void add_hook_after(Index service, Index host, const Nodes& data);
  [[nodiscard]] Nodes data_of(Index service, Index host, const Nodes& data) const;
  void find_groups();

  const GraphInput& in_;
  GraphBuilder& graph_;
  std::vector<std::size_t> group_;           // of each service: its instant group
  std::vector<std::vector<Index>> members_;  // of each group
  UnitClaims claims_;
  std::map<Place, std::size_t> hooks_;  // before-backup
  std::map<Place, std::size_t> stops_;
  std::map<Place, std::vector<std::string>> stopped_;  // units of a stop, in starting order
  std::map<Place, Nodes> held_by_;  // stops that the data of a service on a host waits for
  std::map<Place, std::vector<Index>> serves_;  // services whose data a stop is for
  std::map<Place, std::size_t> starts_;
  std::map<Index, Nodes> released_;
};

}  // namespace backstay::compiler
