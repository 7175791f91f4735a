// What a plan protects, component by component, as a reviewer thinks of it.
#pragma once

#include <map>
#include <set>
#include <string>

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

}  // namespace backstay::plan
