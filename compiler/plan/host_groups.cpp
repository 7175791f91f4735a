#include "compiler/plan/host_groups.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_text.hpp"

namespace backstay::plan {
namespace {

// What makes a step what it is, but for its host.
std::string signature(const Step& step) {
  std::string text = fmt::format("{}\n{}\n{}{}\n", stem(step.id), describe(step.action), step.from,
                                 step.always ? ", always" : "");
  std::set<std::string> waits;
  for (const std::string& id : step.after) {
    const bool here = id.size() > step.host.size() && id.ends_with("@" + step.host);
    waits.insert(fmt::format("{}{}", stem(id), here ? "" : "@"));
  }
  return text + fmt::format("{}\n", fmt::join(waits, "\n"));
}

}  // namespace

std::string_view stem(std::string_view id) {
  return id.substr(0, id.rfind('@'));
}

std::vector<HostGroup> group_hosts(const std::vector<Step>& graph, std::string_view host) {
  std::vector<std::string> order;
  std::unordered_map<std::string, std::vector<const Step*>> of_host;
  for (const Step& step : graph) {
    if (!host.empty() && step.host != host) {
      continue;
    }
    auto& steps = of_host[step.host];
    if (steps.empty()) {
      order.push_back(step.host);
    }
    steps.push_back(&step);
  }
  std::vector<HostGroup> groups;
  std::unordered_map<std::string, std::size_t> places;
  for (const std::string& name : order) {
    std::string text;
    for (const Step* step : of_host[name]) {
      text += signature(*step);
    }
    const auto [place, is_new] = places.emplace(std::move(text), groups.size());
    if (is_new) {
      groups.push_back({.hosts = {}, .steps = std::move(of_host[name])});
    }
    groups[place->second].hosts.push_back(name);
  }
  for (HostGroup& group : groups) {
    std::sort(group.hosts.begin(), group.hosts.end());
  }
  return groups;
}

std::string to_text(const HostGroup& group) {
  constexpr std::size_t kNamed = 3;
  if (group.hosts.size() <= kNamed) {
    return fmt::format("{}", fmt::join(group.hosts, ", "));
  }
  return fmt::format("{} and {} like it", group.hosts.front(), group.hosts.size() - 1);
}

}  // namespace backstay::plan
