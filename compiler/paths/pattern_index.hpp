// Patterns by their literal prefix, so that a question about one place asks only the few patterns
// that can reach it.
//
// Without it, n components with a few patterns each would cost n² automaton walks; policies of ten
// thousand components are to be checked while somebody waits.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "compiler/paths/path_pattern.hpp"

namespace backstay::compiler {

/// An immutable index. Entries are named by their place in the vector that it was made from.
class PatternIndex {
 public:
  /// The patterns are borrowed; null entries are left out.
  explicit PatternIndex(const std::vector<const PathPattern*>& patterns);

  /// Entries that may hold the node `prefix` or one below it: those whose own prefix lies above it,
  /// is it, or lies below it; in rising order. Cost: O(segments · log n + answers · log answers).
  [[nodiscard]] std::vector<std::size_t> near(std::string_view prefix) const;
  /// Only those whose prefix lies above `prefix` or is it: the ones that may hold the node itself.
  [[nodiscard]] std::vector<std::size_t> above(std::string_view prefix) const;

 private:
  struct Entry {
    std::string_view prefix;
    std::size_t place;
  };

  void add_equal(std::string_view prefix, std::vector<std::size_t>& into) const;

  std::vector<Entry> entries_;  // in tree order
};

}  // namespace backstay::compiler
