// All patterns of a question side by side, as one deterministic automaton over the bytes of a path.
//
// Its states are sets of positions in the patterns, made only as far as a walk comes. A pattern
// that has matched a node holds everything below it, so it then leaves the positions for a list of
// its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/paths/path_pattern.hpp"

namespace backstay::compiler {

/// Of what the segment in hand consists; no real segment is empty, `.` or `..`.
enum class SegmentState : std::uint8_t { Root, Empty, Dot, DotDot, Real };

/// One state: live positions of all patterns, and which patterns have matched a node.
struct PathState {
  std::vector<std::uint32_t> positions;  ///< sorted, distinct
  std::vector<std::uint32_t> matched;    ///< patterns that hold this node; sorted
  SegmentState segment = SegmentState::Root;

  /// Is it the state of a whole path?
  [[nodiscard]] bool is_path() const {
    return segment == SegmentState::Root || segment == SegmentState::Real;
  }

  /// May this byte come next, seen from what a path can be?
  [[nodiscard]] bool allows(char byte) const { return byte != '/' || is_path(); }

  friend bool operator==(const PathState&, const PathState&) = default;
};

struct PathStateHash {
  std::size_t operator()(const PathState& state) const;
};

/// Patterns are borrowed and known by number, in the order in which they were added.
class PathAutomaton {
 public:
  /// Number of the pattern; the same for one that is known. Only before start().
  std::uint32_t add(const PathPattern* pattern);

  [[nodiscard]] PathState start() const;
  [[nodiscard]] PathState move(const PathState& from, char byte) const;
  /// Patterns that hold the path at which the state stands; sorted.
  [[nodiscard]] std::vector<std::uint32_t> members(const PathState& state) const;
  /// Patterns that may still match: those with a live position; sorted.
  [[nodiscard]] std::vector<std::uint32_t> alive(const PathState& state) const;
  /// Bytes that make a difference in this state, one that stands for all others, and `/`.
  [[nodiscard]] std::string alphabet(const PathState& state) const;

 private:
  [[nodiscard]] std::uint32_t pattern_of(std::uint32_t position) const;
  void enter(std::uint32_t pattern, std::uint32_t at, std::vector<std::uint32_t>& into) const;
  void step(std::uint32_t pattern,
            std::uint32_t at,
            char byte,
            std::vector<std::uint32_t>& into) const;
  void confirm(const PathState& state, std::vector<std::uint32_t>& matched) const;

  // A position is a number over all patterns: pattern p has those from first_[p] on, the last of
  // which means "matched so far, to be confirmed at the end of the segment".
  std::vector<const PathPattern*> patterns_;
  std::vector<std::uint32_t> first_;
  std::map<const PathPattern*, std::uint32_t> numbers_;
  std::uint32_t next_ = 0;
};

}  // namespace backstay::compiler
