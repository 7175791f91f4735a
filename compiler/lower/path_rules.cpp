#include "compiler/lower/path_rules.hpp"

#include "compiler/paths/path_order.hpp"
#include "lang/base/result.hpp"

namespace backstay::compiler {
namespace {

std::vector<PathPattern> parse_all(const std::vector<RuleFact>& facts) {
  std::vector<PathPattern> patterns;
  patterns.reserve(facts.size());
  for (const RuleFact& fact : facts) {
    auto pattern = PathPattern::parse(fact.pattern.value);
    BACKSTAY_CHECK(pattern.has_value(), "check_paths refuses patterns over a limit");
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

PatternIndex index_of(const std::vector<PathPattern>& patterns) {
  std::vector<const PathPattern*> borrowed;
  borrowed.reserve(patterns.size());
  for (const PathPattern& pattern : patterns) {
    borrowed.push_back(&pattern);
  }
  return PatternIndex(borrowed);
}

}  // namespace

PathRules::PathRules(const std::vector<RuleFact>& facts)
    : facts_(facts), patterns_(parse_all(facts)), index_(index_of(patterns_)) {}

std::vector<plan::PathRule> PathRules::reaching(std::string_view path) const {
  std::vector<plan::PathRule> rules;
  for (const std::size_t place : index_.near(without_root_slash(path))) {
    const RuleFact& fact = facts_[place];
    rules.push_back({.pattern = fact.pattern.value,
                     .because = fact.because ? fact.because->value : std::string()});
  }
  return rules;
}

}  // namespace backstay::compiler
