// What a step of a service on a host must wait for, over services and hosts.
//
// Where a neighbour lives on the same host, its steps there are what counts: each host of a group
// keeps its own order, so that a thousand like hosts give a thousand small graphs and not their
// product. Where it lives elsewhere, all of its steps count.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "compiler/lower/graph_builder.hpp"
#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// Steps of one service by host.
using StepsByHost = std::map<Index, Nodes>;

/// The step of a service on a host.
using StepOfPlace = std::map<std::pair<Index, Index>, std::size_t>;

/// Filled service by service, neighbours first. Borrows what it is given.
class HostOrder {
 public:
  /// neighbours[s]: the services whose steps come before those of s.
  HostOrder(const std::vector<Service>& services, const std::vector<std::vector<Index>>& neighbours)
      : services_(services), neighbours_(neighbours), reached_(services.size()) {}

  /// What a step of `service` on `host` follows; sorted. Between two calls for one service the
  /// steps that the first one asked for must have been noted.
  [[nodiscard]] Nodes before(Index service, Index host);
  /// Notes a step.
  void note(Index service, Index host, const Nodes& steps);
  /// To be called once all steps of a service are noted.
  void done(Index service);

 private:
  struct Reached {
    StepsByHost own;
    StepsByHost local;                     ///< own ones; where there are none, those that lead here
    std::map<Index, Index> first_waiters;  ///< neighbour → the host whose step waits for all of it
  };

  [[nodiscard]] Nodes elsewhere(Index service) const;
  void add_elsewhere(Index service, Index host, Index neighbour, Nodes& before);

  const std::vector<Service>& services_;
  const std::vector<std::vector<Index>>& neighbours_;
  std::vector<Reached> reached_;
};

/// Whether a service lives on a host.
[[nodiscard]] bool lives_on(const Service& service, Index host);

}  // namespace backstay::compiler
