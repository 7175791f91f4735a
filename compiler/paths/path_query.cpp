#include "compiler/paths/path_query.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "compiler/paths/path_order.hpp"

namespace backstay::compiler {
namespace {

using Kind = PatternElement::Kind;

/// Of what the segment in hand consists; no real segment is empty, `.` or `..`.
enum class SegmentState : std::uint8_t { Root, Empty, Dot, DotDot, Real };

/// One state of the walk: live positions of all patterns, and which patterns have matched a node.
struct WalkState {
  std::vector<std::uint32_t> positions;  // sorted, distinct
  std::vector<std::uint32_t> matched;    // patterns that hold this node; sorted
  SegmentState segment = SegmentState::Root;

  friend bool operator==(const WalkState&, const WalkState&) = default;
};

struct WalkStateHash {
  std::size_t operator()(const WalkState& state) const {
    std::uint64_t hash = static_cast<std::uint64_t>(state.segment);
    const auto mix = [&hash](std::uint64_t part) {
      hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
      hash ^= hash >> 29U;
    };
    std::for_each(state.positions.begin(), state.positions.end(), mix);
    mix(~std::uint64_t{0});
    std::for_each(state.matched.begin(), state.matched.end(), mix);
    return static_cast<std::size_t>(hash);
  }
};

/// All patterns of a question side by side. A position is a number over all of them: pattern p has
/// those from first_[p] on, the last of which means "matched so far, to be confirmed at the end of
/// the segment".
class Automaton {
 public:
  std::uint32_t add(const PathPattern* pattern) {
    const auto [known, is_new] =
        numbers_.try_emplace(pattern, static_cast<std::uint32_t>(patterns_.size()));
    if (is_new) {
      patterns_.push_back(pattern);
      first_.push_back(next_);
      next_ += static_cast<std::uint32_t>(pattern->elements().size()) + 1;
    }
    return known->second;
  }

  [[nodiscard]] WalkState start() const {
    WalkState state;
    for (std::uint32_t pattern = 0; pattern < patterns_.size(); ++pattern) {
      enter(pattern, 0, state.positions);
    }
    finish(state);
    return state;
  }

  /// May the walk take this byte here, seen from what a path can be?
  [[nodiscard]] static bool allows(SegmentState segment, char byte) {
    return byte != '/' || segment == SegmentState::Root || segment == SegmentState::Real;
  }

  /// Is the state that of a whole path?
  [[nodiscard]] static bool is_path(SegmentState segment) {
    return segment == SegmentState::Root || segment == SegmentState::Real;
  }

  [[nodiscard]] WalkState move(const WalkState& from, char byte) const {
    WalkState to;
    to.segment = next_segment(from.segment, byte);
    to.matched = from.matched;
    if (byte == '/') {
      confirm(from, to.matched);
    }
    for (const std::uint32_t position : from.positions) {
      const std::uint32_t pattern = pattern_of(position);
      if (byte != '/' || !std::binary_search(to.matched.begin(), to.matched.end(), pattern)) {
        step(pattern, position - first_[pattern], byte, to.positions);
      }
    }
    finish(to);
    return to;
  }

  /// Patterns that hold the path at which the state stands.
  [[nodiscard]] std::vector<std::uint32_t> members(const WalkState& state) const {
    std::vector<std::uint32_t> all = state.matched;
    confirm(state, all);
    return all;
  }

  /// Patterns that may still match: those with a live position. Sorted.
  [[nodiscard]] std::vector<std::uint32_t> alive(const WalkState& state) const {
    std::vector<std::uint32_t> all;
    for (const std::uint32_t position : state.positions) {
      const std::uint32_t pattern = pattern_of(position);
      if (all.empty() || all.back() != pattern) {
        all.push_back(pattern);
      }
    }
    return all;
  }

  /// Bytes that make a difference in this state, and one that stands for all others: last `/`.
  [[nodiscard]] std::string alphabet(const WalkState& state) const {
    std::string bytes;
    for (const std::uint32_t position : state.positions) {
      const std::uint32_t pattern = pattern_of(position);
      const auto& elements = patterns_[pattern]->elements();
      const std::uint32_t at = position - first_[pattern];
      if (at < elements.size() && elements[at].kind == Kind::Byte) {
        bytes += elements[at].byte;
      }
    }
    std::sort(bytes.begin(), bytes.end());
    bytes.erase(std::unique(bytes.begin(), bytes.end()), bytes.end());
    if (const auto other = other_byte(bytes)) {
      bytes += *other;
    }
    bytes += '/';
    return bytes;
  }

 private:
  [[nodiscard]] std::uint32_t pattern_of(std::uint32_t position) const {
    const auto after = std::upper_bound(first_.begin(), first_.end(), position);
    return static_cast<std::uint32_t>(after - first_.begin()) - 1;
  }

  /// Adds a position and those that it reaches without a byte.
  void enter(std::uint32_t pattern, std::uint32_t at, std::vector<std::uint32_t>& into) const {
    const auto& elements = patterns_[pattern]->elements();
    into.push_back(first_[pattern] + at);
    if (at < elements.size() && elements[at].kind == Kind::AnyBytes) {
      enter(pattern, at + 1, into);
    }
    if (at < elements.size() && elements[at].kind == Kind::AnySegments) {
      enter(pattern, at + 2, into);
    }
  }

  void step(std::uint32_t pattern,
            std::uint32_t at,
            char byte,
            std::vector<std::uint32_t>& into) const {
    const auto& elements = patterns_[pattern]->elements();
    if (at == elements.size()) {
      return;
    }
    switch (elements[at].kind) {
      case Kind::Slash:
        if (byte == '/') {
          enter(pattern, at + 1, into);
        }
        break;
      case Kind::Byte:
        if (byte == elements[at].byte) {
          enter(pattern, at + 1, into);
        }
        break;
      case Kind::AnyByte:
        if (byte != '/') {
          enter(pattern, at + 1, into);
        }
        break;
      case Kind::AnyBytes:
        if (byte != '/') {
          enter(pattern, at, into);
        }
        break;
      case Kind::AnySegments:
        if (byte == '/') {
          enter(pattern, at + 1, into);
        }
        break;
      case Kind::InSegment:
        if (byte != '/') {
          // Why: the segment may end after any byte; positions of a `/` wait unharmed until it
          // does.
          enter(pattern, at, into);
          enter(pattern, at - 1, into);
        }
        break;
    }
  }

  /// Adds the patterns whose last position is live: the node in hand is one that they match.
  void confirm(const WalkState& state, std::vector<std::uint32_t>& matched) const {
    for (const std::uint32_t position : state.positions) {
      const std::uint32_t pattern = pattern_of(position);
      if (position - first_[pattern] == patterns_[pattern]->elements().size()) {
        matched.push_back(pattern);
      }
    }
    std::sort(matched.begin(), matched.end());
    matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
  }

  static void finish(WalkState& state) {
    std::sort(state.positions.begin(), state.positions.end());
    state.positions.erase(std::unique(state.positions.begin(), state.positions.end()),
                          state.positions.end());
  }

  static SegmentState next_segment(SegmentState from, char byte) {
    if (byte == '/') {
      return SegmentState::Empty;
    }
    if (byte == '.' && from == SegmentState::Empty) {
      return SegmentState::Dot;
    }
    return byte == '.' && from == SegmentState::Dot ? SegmentState::DotDot : SegmentState::Real;
  }

  /// A byte that is not in the sorted `taken`: one that reads well where there is one.
  static std::optional<char> other_byte(const std::string& taken) {
    const auto is_free = [&](char byte) {
      return !std::binary_search(taken.begin(), taken.end(), byte);
    };
    for (const char byte : std::string_view("xyzabcdefghijklmnopqrstuvw0123456789_-")) {
      if (is_free(byte)) {
        return byte;
      }
    }
    for (int code = 255; code > 0; --code) {
      const char byte = static_cast<char>(static_cast<unsigned char>(code));
      if (byte != '/' && byte != '.' && is_free(byte)) {
        return byte;
      }
    }
    return std::nullopt;
  }

  std::vector<const PathPattern*> patterns_;
  std::vector<std::uint32_t> first_;
  std::map<const PathPattern*, std::uint32_t> numbers_;
  std::uint32_t next_ = 0;
};

/// The question with its patterns as numbers of the automaton.
struct NumberedSelection {
  std::uint32_t path;
  std::vector<std::uint32_t> excepts;
  std::vector<std::uint32_t> keeps;
};

class Walk {
 public:
  Walk(const PathQuestion& question, const PathLimits& limits) : limits_(limits) {
    const auto numbers = [this](const std::vector<const PathPattern*>& patterns) {
      std::vector<std::uint32_t> all;
      for (const PathPattern* pattern : patterns) {
        all.push_back(automaton_.add(pattern));
      }
      return all;
    };
    for (const PathSelection& selection : question.all_of) {
      all_of_.push_back(
          {automaton_.add(selection.path), numbers(selection.excepts), numbers(selection.keeps)});
    }
    none_of_ = numbers(question.none_of);
  }

  /// Every answer lies at or below `prefix`.
  PathAnswer find(const std::string& prefix) {
    WalkState state = automaton_.start();
    for (const char byte : prefix) {
      steps_ += state.positions.size();
      state = automaton_.move(state, byte);
    }
    visit(std::move(state), 0, 0);
    for (std::size_t at = 0; at < order_.size(); ++at) {
      if (is_answer(*order_[at].state)) {
        return {PathAnswer::Kind::Found, path_to(at, prefix)};
      }
      if (order_.size() > limits_.states || steps_ > limits_.steps) {
        return {PathAnswer::Kind::TooComplex, {}};
      }
      expand(at);
    }
    return {PathAnswer::Kind::Empty, {}};
  }

 private:
  struct Visit {
    const WalkState* state;
    std::size_t parent;
    char byte;
  };

  void visit(WalkState state, std::size_t parent, char byte) {
    const auto [place, is_new] = seen_.try_emplace(std::move(state), order_.size());
    if (is_new) {
      order_.push_back({&place->first, parent, byte});
    }
  }

  void expand(std::size_t at) {
    const WalkState& state = *order_[at].state;
    if (is_dead(state)) {
      return;
    }
    for (const char byte : automaton_.alphabet(state)) {
      if (Automaton::allows(state.segment, byte)) {
        steps_ += state.positions.size() + 1;
        visit(automaton_.move(state, byte), at, byte);
      }
    }
  }

  /// Can no path below be an answer? What a node's pattern holds, everything below it is held by.
  [[nodiscard]] bool is_dead(const WalkState& state) const {
    const std::vector<std::uint32_t> alive = automaton_.alive(state);
    const auto holds = [&](std::uint32_t pattern) {
      return std::binary_search(state.matched.begin(), state.matched.end(), pattern);
    };
    const auto may_hold = [&](std::uint32_t pattern) {
      return holds(pattern) || std::binary_search(alive.begin(), alive.end(), pattern);
    };
    const auto is_lost = [&](const NumberedSelection& selection) {
      return !may_hold(selection.path) ||
             (std::any_of(selection.excepts.begin(), selection.excepts.end(), holds) &&
              std::none_of(selection.keeps.begin(), selection.keeps.end(), may_hold));
    };
    return std::any_of(all_of_.begin(), all_of_.end(), is_lost) ||
           std::any_of(none_of_.begin(), none_of_.end(), holds);
  }

  [[nodiscard]] bool is_answer(const WalkState& state) const {
    if (!Automaton::is_path(state.segment)) {
      return false;
    }
    const std::vector<std::uint32_t> members = automaton_.members(state);
    const auto is_in = [&](std::uint32_t pattern) {
      return std::binary_search(members.begin(), members.end(), pattern);
    };
    const auto is_selected = [&](const NumberedSelection& selection) {
      return is_in(selection.path) &&
             (std::none_of(selection.excepts.begin(), selection.excepts.end(), is_in) ||
              std::any_of(selection.keeps.begin(), selection.keeps.end(), is_in));
    };
    return std::all_of(all_of_.begin(), all_of_.end(), is_selected) &&
           std::none_of(none_of_.begin(), none_of_.end(), is_in);
  }

  [[nodiscard]] std::string path_to(std::size_t at, const std::string& prefix) const {
    std::string tail;
    for (; at != 0; at = order_[at].parent) {
      tail += order_[at].byte;
    }
    std::reverse(tail.begin(), tail.end());
    const std::string path = prefix + tail;
    return path.empty() ? "/" : path;
  }

  PathLimits limits_;
  Automaton automaton_;
  std::vector<NumberedSelection> all_of_;
  std::vector<std::uint32_t> none_of_;
  std::unordered_map<WalkState, std::size_t, WalkStateHash> seen_;  // node-based: addresses stay
  std::vector<Visit> order_;
  std::size_t steps_ = 0;
};

/// The longest literal prefix of what must hold the path, or nothing where two of them part.
std::optional<std::string> common_prefix(const PathQuestion& question) {
  std::string longest;
  for (const PathSelection& selection : question.all_of) {
    const std::string& prefix = selection.path->prefix();
    if (path_contains(longest, prefix)) {
      longest = prefix;
    } else if (!path_contains(prefix, longest)) {
      return std::nullopt;
    }
  }
  return longest;
}

}  // namespace

PathAnswer find_path(const PathQuestion& question, const PathLimits& limits) {
  const std::optional<std::string> prefix = common_prefix(question);
  if (!prefix) {
    return {PathAnswer::Kind::Empty, {}};
  }
  return Walk(question, limits).find(*prefix);
}

bool selects(const PathPattern& pattern, std::string_view path) {
  Automaton automaton;
  automaton.add(&pattern);
  WalkState state = automaton.start();
  for (const char byte : without_root_slash(path)) {
    state = automaton.move(state, byte);
  }
  return !automaton.members(state).empty();
}

}  // namespace backstay::compiler
