#include "compiler/plan/phases.hpp"

#include <algorithm>
#include <map>

namespace backstay::plan {

Phases::Phases(const std::vector<Step>& graph)
    : graph_(graph), phase_(graph.size()), awaited_before_(graph.size()) {
  place_.reserve(graph.size());
  for (std::size_t place = 0; place < graph.size(); ++place) {
    place_.emplace(graph[place].id, place);
    for (const std::string& id : graph[place].after) {
      const auto earlier = place_.find(id);
      if (earlier == place_.end()) {
        continue;
      }
      const bool elsewhere = graph[earlier->second].host != graph[place].host;
      phase_[place] = std::max(phase_[place], phase_[earlier->second] + (elsewhere ? 1 : 0));
    }
    count_ = std::max(count_, phase_[place] + 1);
  }
  for (std::size_t place = 0; place < graph.size(); ++place) {
    for (const std::string& id : graph[place].after) {
      const auto earlier = place_.find(id);
      if (earlier == place_.end() || graph[earlier->second].host == graph[place].host) {
        continue;
      }
      std::size_t& first = awaited_before_[earlier->second];
      first = first == 0 ? phase_[place] : std::min(first, phase_[place]);
    }
  }
}

const Step* Phases::find(std::string_view id) const {
  const auto found = place_.find(id);
  return found == place_.end() ? nullptr : &graph_[found->second];
}

std::vector<HostPhase> Phases::at(std::size_t phase) const {
  std::vector<HostPhase> hosts;
  std::map<std::string_view, std::size_t> places;
  const auto of = [&](const std::string& host) -> HostPhase& {
    const auto [place, is_new] = places.emplace(host, hosts.size());
    if (is_new) {
      hosts.push_back({.host = host, .steps = {}, .awaited = {}, .waits = {}});
    }
    return hosts[place->second];
  };
  for (std::size_t place = 0; place < graph_.size(); ++place) {
    const Step& step = graph_[place];
    if (phase_[place] == phase) {
      HostPhase& host = of(step.host);
      host.steps.push_back(place);
      for (const std::string& id : step.after) {
        const Step* earlier = find(id);
        if (earlier != nullptr && earlier->host != step.host) {
          host.waits.push_back(id);
        }
      }
    }
    if (awaited_before_[place] == phase + 1) {
      of(step.host).awaited.push_back(place);
    }
  }
  for (HostPhase& host : hosts) {
    std::sort(host.waits.begin(), host.waits.end());
    host.waits.erase(std::unique(host.waits.begin(), host.waits.end()), host.waits.end());
  }
  return hosts;
}

HostPhase Phases::of_host(const std::string& host, std::size_t phase) const {
  for (HostPhase& one : at(phase)) {
    if (one.host == host) {
      return std::move(one);
    }
  }
  return {.host = host, .steps = {}, .awaited = {}, .waits = {}};
}

bool Phases::joined(const std::string& host) const {
  for (std::size_t place = 0; place < graph_.size(); ++place) {
    if (graph_[place].host != host) {
      continue;
    }
    const auto waits = [&](const std::string& id) {
      const Step* earlier = find(id);
      return earlier != nullptr && earlier->host != host;
    };
    const std::vector<std::string>& after = graph_[place].after;
    if (awaited_before_[place] != 0 || std::any_of(after.begin(), after.end(), waits)) {
      return true;
    }
  }
  return false;
}

}  // namespace backstay::plan
