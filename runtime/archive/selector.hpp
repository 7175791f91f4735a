// What a component selects below its path: the rules of language.md, section 4, and the built-in
// one for the names that Backstay itself leaves on a disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/actions.hpp"
#include "compiler/plan/reserved_names.hpp"
#include "runtime/archive/path_pattern.hpp"

namespace backstay::runtime {

using plan::is_reserved_name;

/// Where a walk stands in all rules at once.
struct SelectorState {
  std::vector<PathPattern::State> states;  ///< excepts first, then keeps
  bool excepted = false;                   ///< an `except` matched here or above
  bool kept = false;                       ///< a `keep` did
  bool named = false;                      ///< an `except` without wildcards names this very node
  bool reserved = false;                   ///< one of our own names, here or above

  [[nodiscard]] bool selected() const { return !reserved && (!excepted || kept); }
};

/// A file is selected iff no `except` matches it or a `keep` does; a set, not a first-match list.
class Selector {
 public:
  Selector(const std::vector<plan::PathRule>& except, const std::vector<plan::PathRule>& keep);

  /// The state at an absolute path, from `/` down.
  [[nodiscard]] SelectorState at(std::string_view absolute_path) const;
  [[nodiscard]] SelectorState enter(const SelectorState& state, std::string_view name) const;
  /// Whether anything below a node may be selected; if not, a walk need not look.
  [[nodiscard]] bool may_select_below(const SelectorState& state) const;

 private:
  void note_matches(SelectorState& state) const;

  std::vector<PathPattern> patterns_;
  std::size_t excepts_ = 0;
};

}  // namespace backstay::runtime
