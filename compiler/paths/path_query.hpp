// Questions about sets of paths: is there a path in all of these and in none of those?
//
// Emptiness, subset and difference are all this one question. It is answered exactly, by walking
// the automata of all patterns side by side, their subsets made only as far as the walk comes; the
// walk is breadth first, so the example that it finds is a shortest one. Sets of paths know nothing
// of symbolic links and mounts; the run looks at those.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/paths/path_pattern.hpp"

namespace backstay::compiler {

/// What one component selects: within `path`, what no `except` matches or a `keep` does.
/// The patterns are borrowed.
struct PathSelection {
  const PathPattern* path = nullptr;
  std::vector<const PathPattern*> excepts = {};
  std::vector<const PathPattern*> keeps = {};
};

struct PathQuestion {
  std::vector<PathSelection> all_of;  ///< at least one
  std::vector<const PathPattern*> none_of = {};
};

struct PathAnswer {
  enum class Kind : std::uint8_t {
    Found,       ///< `path` is an example, of the fewest bytes
    Empty,       ///< proven: there is none
    TooComplex,  ///< given up at the limit; nothing is known
  };
  Kind kind = Kind::Empty;
  std::string path = {};
  std::size_t steps = 0;  ///< what it cost, in the measure of PathLimits::steps

  [[nodiscard]] bool found() const { return kind == Kind::Found; }

  [[nodiscard]] bool empty() const { return kind == Kind::Empty; }

  [[nodiscard]] bool too_complex() const { return kind == Kind::TooComplex; }
};

/// How far a walk may go before it is given up. The defaults are some ten milliseconds.
struct PathLimits {
  std::size_t states = 20'000;
  std::size_t steps = 500'000;  ///< single moves of a single position
};

/// Looks for a path in every selection of `all_of` and in no pattern of `none_of`.
[[nodiscard]] PathAnswer find_path(const PathQuestion& question, const PathLimits& limits = {});

}  // namespace backstay::compiler
