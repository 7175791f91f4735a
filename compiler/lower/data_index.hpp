// The data steps of a backup, found by host and by service.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "compiler/lower/data_steps.hpp"

namespace backstay::compiler {

/// Numbers are those of the data steps. Borrows nothing.
class DataIndex {
 public:
  DataIndex(const std::vector<DataStep>& data, std::size_t services);

  /// Hosts that hold a part of the backup, sorted.
  [[nodiscard]] const std::set<Index>& hosts() const { return hosts_; }

  /// All of a host.
  [[nodiscard]] Nodes on(Index host) const;
  /// What a service keeps on a host, its databases wherever their server is.
  [[nodiscard]] Nodes of(Index service, Index host) const;

  /// The steps that capture databases of a service.
  [[nodiscard]] const Nodes& databases_of(Index service) const { return databases_[service]; }

 private:
  std::set<Index> hosts_;
  std::map<Index, Nodes> on_host_;
  std::vector<std::map<Index, Nodes>> local_;  // of each service by host: all but databases
  std::vector<Nodes> databases_;
};

/// Whether a step captures databases of a server.
[[nodiscard]] bool takes_databases(const plan::Action& action);

}  // namespace backstay::compiler
