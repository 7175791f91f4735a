#include "compiler/lower/host_order.hpp"

#include <algorithm>

namespace backstay::compiler {
namespace {

// More edges than this from one neighbour go through one step of the service itself.
constexpr std::size_t kMostDirect = 16;

}  // namespace

bool lives_on(const Service& service, Index host) {
  return std::binary_search(
      service.hosts.begin(), service.hosts.end(), Reference{host, {}},
      [](const Reference& one, const Reference& other) { return one.value < other.value; });
}

Nodes HostOrder::elsewhere(Index service) const {
  const Reached& reached = reached_[service];
  Nodes all;
  for (const auto& [host, steps] : reached.own.empty() ? reached.local : reached.own) {
    append(all, steps);
  }
  return all;
}

void HostOrder::add_elsewhere(Index service, Index host, Index neighbour, Nodes& before) {
  Reached& reached = reached_[service];
  if (const auto first = reached.first_waiters.find(neighbour);
      first != reached.first_waiters.end()) {
    if (const auto steps = reached.own.find(first->second); steps != reached.own.end()) {
      append(before, steps->second);
      return;
    }
  }
  const Nodes all = elsewhere(neighbour);
  if (all.size() > kMostDirect) {
    reached.first_waiters.emplace(neighbour, host);
  }
  append(before, all);
}

Nodes HostOrder::before(Index service, Index host) {
  Nodes before;
  for (const Index neighbour : neighbours_[service]) {
    const StepsByHost& local = reached_[neighbour].local;
    if (const auto here = local.find(host); here != local.end()) {
      append(before, here->second);
    }
    if (!lives_on(services_[neighbour], host)) {
      add_elsewhere(service, host, neighbour, before);
    }
  }
  sort_unique(before);
  return before;
}

void HostOrder::note(Index service, Index host, const Nodes& steps) {
  append(reached_[service].own[host], steps);
}

void HostOrder::done(Index service) {
  Reached& reached = reached_[service];
  reached.local = reached.own;
  for (const Index neighbour : neighbours_[service]) {
    for (const auto& [host, steps] : reached_[neighbour].local) {
      if (!reached.own.contains(host)) {
        append(reached.local[host], steps);
      }
    }
  }
  for (auto& [host, steps] : reached.local) {
    sort_unique(steps);
  }
}

}  // namespace backstay::compiler
