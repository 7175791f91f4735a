// What a plan protects, component by component, as a reviewer thinks of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// One component of a plan.
struct Source {
  std::string what;                            ///< `/var/lib/nova`, `nova_api on control-db`
  std::string how;                             ///< `files`, `dump`, `SQLite online backup`
  std::set<std::string> tolerances;            ///< `optional`, `may-change`, `may-vanish`
  std::map<std::string, std::string> excepts;  ///< pattern → reason
  std::set<std::string> keeps;                 ///< patterns
};

/// By `COMPONENT@HOST`.
using Sources = std::map<std::string, Source>;

[[nodiscard]] Sources sources_of(const Plan& plan);

/// The databases that a plan dumps by name. `all-except` of a dump holds them beside those that the
/// policy leaves out; a reader wants the latter alone.
class NamedDatabases {
 public:
  explicit NamedDatabases(const Plan& plan);

  /// Those of `all_except` that no step of the plan dumps; in its order.
  [[nodiscard]] std::vector<std::string> left_out(const std::string& server,
                                                  const std::vector<std::string>& all_except) const;

 private:
  std::set<std::pair<std::string, std::string>> named_;  // server, database
};

}  // namespace backstay::plan
