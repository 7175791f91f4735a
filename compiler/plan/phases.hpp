// Where hosts wait for each other: a graph of several hosts cut into phases with barriers between.
//
// Within a phase no step waits for another host, so each host does its part of it alone. At the
// barrier behind it the hosts tell which of the steps that others wait for ended well.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// What a host does in one phase, by places in the graph that was cut.
struct HostPhase {
  std::string host;
  std::vector<std::size_t> steps;    ///< that may begin in this phase, in the order of the graph
  std::vector<std::size_t> awaited;  ///< its steps that other hosts wait for at the next barrier
  std::vector<std::string> waits;    ///< ids of steps of other hosts that `steps` wait for; sorted

  [[nodiscard]] bool empty() const { return steps.empty() && awaited.empty(); }
};

/// A graph, cut. INVARIANT: a step and what it waits for on its own host are in order of phases;
/// what it waits for on another host is in an earlier phase.
class Phases {
 public:
  /// Pure. `graph` must outlive it and be in topological order, as plan::verify proves.
  explicit Phases(const std::vector<Step>& graph);

  /// At least 1; 1 where no host waits for another.
  [[nodiscard]] std::size_t count() const { return count_; }

  /// 0 … count() - 1: how many barriers lie before a step, at the least.
  [[nodiscard]] std::size_t of(std::size_t step) const { return phase_[step]; }

  /// By the step's id. The id must be in the graph.
  [[nodiscard]] std::size_t of(std::string_view id) const { return phase_[place_.at(id)]; }

  [[nodiscard]] const Step* find(std::string_view id) const;
  /// The hosts that take part in a phase, in the order of the graph.
  [[nodiscard]] std::vector<HostPhase> at(std::size_t phase) const;
  /// What one host does in a phase; empty() where that is nothing.
  [[nodiscard]] HostPhase of_host(const std::string& host, std::size_t phase) const;
  /// Whether a host waits for another one or is waited for.
  [[nodiscard]] bool joined(const std::string& host) const;

 private:
  const std::vector<Step>& graph_;
  std::unordered_map<std::string_view, std::size_t> place_;
  std::vector<std::size_t> phase_;
  std::vector<std::size_t> awaited_before_;  // first phase of another host that waits; 0: none
  std::size_t count_ = 1;
};

}  // namespace backstay::plan
