#include "compiler/lower/units.hpp"

#include <algorithm>
#include <set>

namespace backstay::compiler {
namespace {

void add_once(std::vector<std::string>& units, const std::string& unit) {
  if (std::find(units.begin(), units.end(), unit) == units.end()) {
    units.push_back(unit);
  }
}

}  // namespace

std::vector<std::string> units_of(const Service& service) {
  std::vector<std::string> units;
  for (const Located<std::string>& unit : service.units) {
    add_once(units, unit.value);
  }
  for (const HeldFact& held : service.held) {
    for (const Located<std::string>& unit : held.units) {
      add_once(units, unit.value);
    }
  }
  return units;
}

std::vector<std::string> started_units_of(const Service& service) {
  std::set<std::string> held;
  for (const HeldFact& fact : service.held) {
    for (const Located<std::string>& unit : fact.units) {
      held.insert(unit.value);
    }
  }
  std::vector<std::string> units = units_of(service);
  std::erase_if(units, [&](const std::string& unit) { return held.contains(unit); });
  return units;
}

std::vector<std::string> UnitClaims::claim(Index host,
                                           Index service,
                                           const std::vector<std::string>& units) {
  auto& taken = by_host_[host];
  std::vector<std::string> claimed;
  for (const std::string& unit : units) {
    if (taken.emplace(unit, service).second) {
      claimed.push_back(unit);
    }
  }
  return claimed;
}

void UnitClaims::reserve(Index host, const std::vector<Located<std::string>>& units) {
  for (const Located<std::string>& unit : units) {
    by_host_[host][unit.value] = std::nullopt;
  }
}

std::vector<Index> UnitClaims::holders(Index host, const std::vector<std::string>& units) const {
  std::set<Index> services;
  if (const auto taken = by_host_.find(host); taken != by_host_.end()) {
    for (const std::string& unit : units) {
      if (const auto holder = taken->second.find(unit);
          holder != taken->second.end() && holder->second) {
        services.insert(*holder->second);
      }
    }
  }
  return {services.begin(), services.end()};
}

std::vector<Index> dumped_servers(const Policy& policy, const std::vector<bool>& covered) {
  std::set<Index> servers;
  for (Index service = 0; service < policy.services.size(); ++service) {
    if (covered[service]) {
      for (const DatabaseFact& database : policy.services[service].databases) {
        servers.insert(database.server.value);
      }
    }
  }
  return {servers.begin(), servers.end()};
}

}  // namespace backstay::compiler
