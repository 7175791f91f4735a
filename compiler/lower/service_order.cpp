#include "compiler/lower/service_order.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace backstay::compiler {
namespace {

using Edges = std::vector<std::vector<Index>>;

// Kahn's algorithm. Services stand in the order of their names, so the least index is the next
// name. before[s]: how many must come before s; after[s]: those that come after it.
std::vector<Index> order(std::vector<std::size_t> before, const Edges& after) {
  std::priority_queue<Index, std::vector<Index>, std::greater<>> ready;
  for (Index index = 0; index < before.size(); ++index) {
    if (before[index] == 0) {
      ready.push(index);
    }
  }
  std::vector<Index> ordered;
  ordered.reserve(before.size());
  while (!ready.empty()) {
    const Index next = ready.top();
    ready.pop();
    ordered.push_back(next);
    for (const Index later : after[next]) {
      if (--before[later] == 0) {
        ready.push(later);
      }
    }
  }
  return ordered;
}

Edges needs_of(const std::vector<Service>& services) {
  Edges needs(services.size());
  for (Index index = 0; index < services.size(); ++index) {
    for (const Reference& needed : services[index].needs) {
      needs[index].push_back(needed.value);
    }
  }
  return needs;
}

std::vector<std::size_t> sizes(const Edges& edges) {
  std::vector<std::size_t> counts;
  counts.reserve(edges.size());
  for (const std::vector<Index>& of_one : edges) {
    counts.push_back(of_one.size());
  }
  return counts;
}

}  // namespace

std::vector<std::vector<Index>> dependents_of(const std::vector<Service>& services) {
  Edges dependents(services.size());
  for (Index index = 0; index < services.size(); ++index) {
    for (const Reference& needed : services[index].needs) {
      dependents[needed.value].push_back(index);
    }
  }
  return dependents;
}

std::vector<std::vector<Index>> nearest_dependents_of(const std::vector<Service>& services) {
  // Why a limit: looking costs the square of what one service needs; to keep one costs an edge.
  constexpr std::size_t kMostNeedsLookedAt = 64;
  const Edges all = dependents_of(services);
  Edges nearest(services.size());
  std::vector<Index> needs_it(services.size(), services.size());  // the service last looked at
  for (Index index = 0; index < services.size(); ++index) {
    for (const Index dependent : all[index]) {
      needs_it[dependent] = index;
    }
    for (const Index dependent : all[index]) {
      const std::vector<Reference>& needs = services[dependent].needs;
      const bool through_another =
          needs.size() <= kMostNeedsLookedAt &&
          std::any_of(needs.begin(), needs.end(),
                      [&](const Reference& needed) { return needs_it[needed.value] == index; });
      if (!through_another) {
        nearest[index].push_back(dependent);
      }
    }
  }
  return nearest;
}

std::vector<Index> starting_order(const std::vector<Service>& services) {
  return order(sizes(needs_of(services)), dependents_of(services));
}

std::vector<Index> capture_order(const std::vector<Service>& services) {
  return order(sizes(dependents_of(services)), needs_of(services));
}

}  // namespace backstay::compiler
