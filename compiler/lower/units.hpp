// Which units a service's steps stop and start.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// Units of a service in starting order, those that it holds at the end; each once.
[[nodiscard]] std::vector<std::string> units_of(const Service& service);
/// The same without those that stay stopped after a restore.
[[nodiscard]] std::vector<std::string> started_units_of(const Service& service);

/// Units on hosts that a step has taken already: one that several services share belongs to the
/// first of them.
class UnitClaims {
 public:
  /// Those of `units` that nobody had; from now on they are `service`'s.
  [[nodiscard]] std::vector<std::string> claim(Index host,
                                               Index service,
                                               const std::vector<std::string>& units);
  /// Units that no service gets.
  void reserve(Index host, const std::vector<Located<std::string>>& units);
  /// The services whose claims hold one of `units`, sorted.
  [[nodiscard]] std::vector<Index> holders(Index host, const std::vector<std::string>& units) const;

 private:
  std::map<Index, std::map<std::string, std::optional<Index>>> by_host_;  // nothing: reserved
};

/// The servers whose databases a backup takes, sorted. Their units stay up as services stop.
[[nodiscard]] std::vector<Index> dumped_servers(const Policy& policy,
                                                const std::vector<bool>& covered);

}  // namespace backstay::compiler
