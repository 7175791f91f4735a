#include "compiler/paths/path_query.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "compiler/paths/path_automaton.hpp"
#include "compiler/paths/path_order.hpp"

namespace backstay::compiler {
namespace {

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
      all.reserve(patterns.size());
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
    PathState state = automaton_.start();
    for (const char byte : prefix) {
      steps_ += state.positions.size();
      state = automaton_.move(state, byte);
    }
    visit(std::move(state), 0, 0);
    for (std::size_t at = 0; at < order_.size(); ++at) {
      if (is_answer(*order_[at].state)) {
        return {PathAnswer::Kind::Found, path_to(at, prefix), steps_};
      }
      if (order_.size() > limits_.states || steps_ > limits_.steps) {
        return {PathAnswer::Kind::TooComplex, {}, steps_};
      }
      expand(at);
    }
    return {PathAnswer::Kind::Empty, {}, steps_};
  }

 private:
  struct Visit {
    const PathState* state;
    std::size_t parent;
    char byte;
  };

  void visit(PathState state, std::size_t parent, char byte) {
    const auto [place, is_new] = seen_.try_emplace(std::move(state), order_.size());
    if (is_new) {
      order_.push_back({&place->first, parent, byte});
    }
  }

  void expand(std::size_t at) {
    const PathState& state = *order_[at].state;
    if (is_dead(state)) {
      return;
    }
    for (const char byte : automaton_.alphabet(state)) {
      if (state.allows(byte)) {
        steps_ += state.positions.size() + 1;
        visit(automaton_.move(state, byte), at, byte);
      }
    }
  }

  /// Can no path below be an answer? What a node's pattern holds, everything below it is held by.
  [[nodiscard]] bool is_dead(const PathState& state) const {
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

  [[nodiscard]] bool is_answer(const PathState& state) const {
    if (!state.is_path()) {
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
  PathAutomaton automaton_;
  std::vector<NumberedSelection> all_of_;
  std::vector<std::uint32_t> none_of_;
  std::unordered_map<PathState, std::size_t, PathStateHash> seen_;  // node-based: addresses stay
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

/// Only what must hold the path, without exceptions: every answer is in these.
PathQuestion without_exceptions(const PathQuestion& question) {
  PathQuestion bare;
  for (const PathSelection& selection : question.all_of) {
    bare.all_of.push_back({selection.path});
  }
  return bare;
}

/// Adds to `relaxed` the exceptions of the question that rule `path` out. Are there any?
bool add_violated(const PathQuestion& question, const std::string& path, PathQuestion& relaxed) {
  const auto holds = [&path](const PathPattern* pattern) { return pattern->selects(path); };
  bool added = false;
  for (std::size_t at = 0; at < question.all_of.size(); ++at) {
    const PathSelection& selection = question.all_of[at];
    if (std::any_of(selection.keeps.begin(), selection.keeps.end(), holds)) {
      continue;
    }
    for (const PathPattern* except : selection.excepts) {
      if (holds(except)) {
        relaxed.all_of[at].excepts.push_back(except);
        relaxed.all_of[at].keeps = selection.keeps;
        added = true;
      }
    }
  }
  for (const PathPattern* pattern : question.none_of) {
    if (holds(pattern)) {
      relaxed.none_of.push_back(pattern);
      added = true;
    }
  }
  return added;
}

/// No real path has a segment `.` or `..`.
bool is_real(const std::string& path) {
  const std::string ended = path + "/";
  return ended.find("/./") == std::string::npos && ended.find("/../") == std::string::npos;
}

/// Of plain paths alone the first walk ends where it begins: the deepest of them is the shortest
/// path that all hold. Is it the answer? Most questions of a policy are answered so.
bool is_plain_answer(const PathQuestion& question, const std::string& path) {
  const auto is_plain = [](const PathSelection& selection) { return selection.path->is_literal(); };
  const auto holds = [&path](const PathPattern* pattern) { return pattern->selects(path); };
  const auto selects = [&holds](const PathSelection& selection) {
    return std::none_of(selection.excepts.begin(), selection.excepts.end(), holds) ||
           std::any_of(selection.keeps.begin(), selection.keeps.end(), holds);
  };
  return std::all_of(question.all_of.begin(), question.all_of.end(), is_plain) &&
         std::all_of(question.all_of.begin(), question.all_of.end(), selects) &&
         std::none_of(question.none_of.begin(), question.none_of.end(), holds);
}

/// How many patterns stand beside those that must hold the path.
std::size_t count_exceptions(const PathQuestion& question) {
  std::size_t count = question.none_of.size();
  for (const PathSelection& selection : question.all_of) {
    count += selection.excepts.size() + selection.keeps.size();
  }
  return count;
}

}  // namespace

// Why: of a thousand patterns a handful decides. The walk begins without exceptions; each example
// that an exception rules out brings that exception in. What is empty with some exceptions is empty
// with all; and an example that no exception rules out is a shortest one of the whole question.
PathAnswer find_path(const PathQuestion& question, const PathLimits& limits) {
  const std::optional<std::string> prefix = common_prefix(question);
  if (!prefix) {
    return {PathAnswer::Kind::Empty, {}};
  }
  const std::size_t exceptions = count_exceptions(question);
  const std::string shortest = prefix->empty() ? "/" : *prefix;
  if (is_real(shortest) && is_plain_answer(question, shortest)) {
    return {PathAnswer::Kind::Found, shortest, exceptions + 1};
  }
  PathQuestion relaxed = without_exceptions(question);
  std::size_t steps = 0;
  while (steps <= limits.steps) {
    PathAnswer answer =
        Walk(relaxed, {.states = limits.states, .steps = limits.steps - steps}).find(*prefix);
    steps += answer.steps + exceptions;
    answer.steps = steps;
    if (!answer.found() || !add_violated(question, answer.path, relaxed)) {
      return answer;
    }
  }
  return {PathAnswer::Kind::TooComplex, {}, steps};
}

}  // namespace backstay::compiler
