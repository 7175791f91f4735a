// Which `except` and `keep` facts of a service go with which of its paths.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/model/policy.hpp"
#include "compiler/paths/path_pattern.hpp"
#include "compiler/paths/pattern_index.hpp"
#include "compiler/plan/actions.hpp"

namespace backstay::compiler {

/// The rules of one service, indexed. Borrows them; neither copied nor moved, for the index points
/// into it.
class PathRules {
 public:
  explicit PathRules(const std::vector<RuleFact>& facts);
  PathRules(const PathRules&) = delete;
  PathRules& operator=(const PathRules&) = delete;

  /// Those that may select something at or below `path`, in the order of their patterns. May hold a
  /// rule too many, which changes nothing, and never lacks one.
  [[nodiscard]] std::vector<plan::PathRule> reaching(std::string_view path) const;

 private:
  const std::vector<RuleFact>& facts_;
  std::vector<PathPattern> patterns_;  // parallel to facts_
  PatternIndex index_;
};

}  // namespace backstay::compiler
