#include "runtime/archive/selector.hpp"

#include <algorithm>

namespace backstay::runtime {

Selector::Selector(const std::vector<plan::PathRule>& except,
                   const std::vector<plan::PathRule>& keep)
    : excepts_(except.size()) {
  for (const plan::PathRule& rule : except)
    patterns_.emplace_back(rule.pattern);
  for (const plan::PathRule& rule : keep)
    patterns_.emplace_back(rule.pattern);
}

void Selector::note_matches(SelectorState& state) const {
  state.named = false;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (!patterns_[i].matched(state.states[i]))
      continue;
    if (i < excepts_) {
      state.excepted = true;
      state.named = state.named || patterns_[i].literal();
    } else {
      state.kept = true;
    }
  }
}

SelectorState Selector::at(std::string_view absolute_path) const {
  SelectorState state;
  for (const PathPattern& pattern : patterns_)
    state.states.push_back(pattern.begin());
  note_matches(state);
  std::size_t at = 0;
  while (at < absolute_path.size()) {
    const std::size_t end = std::min(absolute_path.find('/', at), absolute_path.size());
    if (end > at)
      state = enter(state, absolute_path.substr(at, end - at));
    at = end + 1;
  }
  return state;
}

SelectorState Selector::enter(const SelectorState& state, std::string_view name) const {
  SelectorState next = state;
  next.reserved = state.reserved || is_reserved_name(name);
  if (patterns_.empty())
    return next;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    next.states[i] = patterns_[i].enter(state.states[i], name);
  }
  note_matches(next);
  return next;
}

bool Selector::may_select_below(const SelectorState& state) const {
  if (state.reserved)
    return false;
  if (state.selected())
    return true;
  for (std::size_t i = excepts_; i < patterns_.size(); ++i) {
    if (state.states[i] != 0)
      return true;
  }
  return false;
}

}  // namespace backstay::runtime
