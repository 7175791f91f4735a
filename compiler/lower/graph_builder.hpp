// A graph in the making: steps and what each follows, by number.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::compiler {

/// Numbers of steps in a graph.
using Nodes = std::vector<std::size_t>;

/// Sorted, each once.
void sort_unique(Nodes& nodes);
void append(Nodes& to, const Nodes& more);

/// What a step is made of beyond its kind.
struct NewStep {
  std::string id;
  std::string host;
  std::string from;
  plan::Action action;
  bool always = false;
  Duration timeout = {};
};

/// Steps are added in topological order: whatever one follows is there before it.
class GraphBuilder {
 public:
  std::size_t add(NewStep step, Nodes after);
  /// `step` puts right what `undone` does. It must follow it.
  void undo(std::size_t step, std::size_t undone);
  /// `step` reads the snapshot of another host than its own.
  void read_from(std::size_t step, std::string source_host);

  [[nodiscard]] const std::string& id(std::size_t node) const { return steps_[node].id; }

  [[nodiscard]] const std::string& host(std::size_t node) const { return steps_[node].host; }

  [[nodiscard]] std::size_t size() const { return steps_.size(); }

  [[nodiscard]] std::vector<plan::Step> take() { return std::move(steps_); }

 private:
  std::vector<plan::Step> steps_;
};

}  // namespace backstay::compiler
