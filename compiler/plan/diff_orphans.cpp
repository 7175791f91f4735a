// History orphan: a service went, and what it held came again under another name. Its points would
// belong to nobody, and the first backup of the new name would begin a history of its own.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/plan/change_list.hpp"
#include "compiler/plan/plan_sources.hpp"

namespace backstay::plan {
namespace {

/// What each service holds: paths and databases, by service.
using Holdings = std::map<std::string, std::set<std::string>>;

Holdings holdings_of(const Plan& plan) {
  std::set<std::string> services;
  for (const Service& service : plan.services) {
    services.insert(service.name);
  }
  Holdings holdings;
  for (const auto& [component, source] : sources_of(plan)) {
    const std::string service = component.substr(0, component.find('.'));
    if (services.contains(service)) {
      holdings[service].insert(source.what);
    }
  }
  return holdings;
}

std::vector<std::string> common_of(const std::set<std::string>& one,
                                   const std::set<std::string>& other) {
  std::vector<std::string> common;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(),
                        std::back_inserter(common));
  return common;
}

}  // namespace

void find_orphans(const Plan& before, const Plan& after, ChangeList& changes) {
  const Holdings was = holdings_of(before);
  const Holdings is = holdings_of(after);
  std::map<std::string, std::vector<std::string>> new_holders;  // by path or database
  for (const auto& [service, held] : is) {
    if (before.service(service) == nullptr) {
      for (const std::string& what : held) {
        new_holders[what].push_back(service);
      }
    }
  }
  for (const auto& [service, held] : was) {
    if (after.service(service) != nullptr) {
      continue;
    }
    std::map<std::string, std::size_t> heirs;  // → how much of it they hold
    for (const std::string& what : held) {
      if (const auto holders = new_holders.find(what); holders != new_holders.end()) {
        for (const std::string& heir : holders->second) {
          ++heirs[heir];
        }
      }
    }
    const auto heir = std::max_element(
        heirs.begin(), heirs.end(),
        [](const auto& one, const auto& other) { return one.second < other.second; });
    if (heir != heirs.end()) {
      const auto common = common_of(held, is.at(heir->first));
      changes.add(Effect::HistoryOrphaned, "service " + service,
                  fmt::format("holds {}", common.front()),
                  fmt::format("service {} holds it, without `moved service {} -> {}`", heir->first,
                              service, heir->first));
      changes.mark("BST0910");
    }
  }
}

}  // namespace backstay::plan
