// Which components a restore is about.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

struct RestoreRequest;

struct Scope {
  std::set<std::string> components;
  /// In the plan and not asked for by name, but not in the snapshot: left out, with a warning.
  std::vector<std::string> absent;
};

/// Services, components and databases add up; none of them named means all. Paths narrow what is
/// left to the files and SQLite files that they touch, and to the databases that are named. Errors:
/// Usage for a name that `steps` (the restore graph) does not know, with the nearest one; NotFound
/// for a component that was named and is not in the snapshot; Usage for an empty scope.
[[nodiscard]] Result<Scope> choose_scope(const std::vector<plan::Step>& steps,
                                         const std::vector<ComponentInfo>& in_snapshot,
                                         const RestoreRequest& request);

/// Whether one of two normalised absolute paths lies at or below the other.
[[nodiscard]] bool paths_touch(const std::string& left, const std::string& right);

}  // namespace backstay::runtime
