#include "compiler/check/host_classes.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/file_components.hpp"

namespace backstay::compiler {
namespace {

std::vector<Index> hosts_of(const std::vector<Reference>& hosts,
                            const std::optional<Reference>& first) {
  std::vector<Index> numbers;
  numbers.reserve(hosts.size());
  for (const Reference& host : hosts) {
    numbers.push_back(host.value);
  }
  if (numbers.empty()) {
    numbers.push_back(first ? first->value : no_host);
  }
  return numbers;
}

}  // namespace

std::vector<Index> hosts_of(const Service& service) {
  return hosts_of(service.hosts, service.host);
}

std::vector<Index> hosts_of(const DatabaseServer& server) {
  return hosts_of(server.hosts, server.host);
}

std::vector<Index> data_hosts(const Policy& policy, const Service& service) {
  std::set<Index> hosts;
  for (const DatabaseFact& database : service.databases) {
    hosts.insert(hosts_of(policy.servers[database.server.value]).front());
  }
  const bool has_files =
      !service.paths.empty() || !service.sqlites.empty() || !service.exports.empty();
  if (has_files || service.databases.empty()) {
    for (const Index host : hosts_of(service)) {
      hosts.insert(host);
    }
  }
  hosts.erase(no_host);
  return {hosts.begin(), hosts.end()};
}

HostClasses::HostClasses(const Policy& policy) : of_service_(policy.services.size()) {
  std::map<Index, std::vector<Index>> services_on;
  for (Index number = 0; number < policy.services.size(); ++number) {
    if (is_protected(policy.services[number])) {
      for (const Index host : hosts_of(policy.services[number])) {
        services_on[host].push_back(number);
      }
    }
  }
  std::map<std::vector<Index>, Index> known;
  for (auto& [host, services] : services_on) {
    const auto [place, is_new] = known.try_emplace(std::move(services), classes_.size());
    if (is_new) {
      classes_.push_back({{}, place->first});
    }
    classes_[place->second].hosts.push_back(host);
    class_of_.emplace(host, place->second);
  }
  for (Index number = 0; number < classes_.size(); ++number) {
    for (const Index service : classes_[number].services) {
      of_service_[service].push_back(number);
    }
  }
}

const Index* HostClasses::find(Index host) const {
  const auto found = class_of_.find(host);
  return found == class_of_.end() ? nullptr : &found->second;
}

std::string on_host_text(const Policy& policy,
                         const HostClass& hosts,
                         const std::vector<Index>& services) {
  const bool several = std::any_of(services.begin(), services.end(), [&](Index service) {
    return policy.services[service].hosts.size() > 1;
  });
  if (!several || hosts.hosts.front() == no_host) {
    return {};
  }
  const std::string more = hosts.hosts.size() == 1
                               ? std::string()
                               : fmt::format(" and {} more hosts", hosts.hosts.size() - 1);
  return fmt::format(" on `{}`{}", policy.hosts[hosts.hosts.front()].name, more);
}

}  // namespace backstay::compiler
