#include "runtime/archive/path_pattern.hpp"

#include <algorithm>

namespace backstay::runtime {

namespace {

bool has_wildcard(std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\') {
      ++i;
    } else if (segment[i] == '*' || segment[i] == '?') {
      return true;
    }
  }
  return false;
}

std::string unescaped(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\' && i + 1 < segment.size())
      ++i;
    text += segment[i];
  }
  return text;
}

}  // namespace

bool wildcard_match(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && !escaped && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() &&
               ((!escaped && pattern[p] == '?') || pattern[p + (escaped ? 1 : 0)] == name[n])) {
      p += escaped ? 2 : 1;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

PathPattern::PathPattern(std::string_view pattern) {
  std::size_t at = 0;
  while (at < pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string_view segment = pattern.substr(at, end - at);
    at = end + 1;
    if (segment.empty())
      continue;
    Segment made;
    made.any_depth = segment == "**";
    made.wild = !made.any_depth && has_wildcard(segment);
    made.text = made.wild ? std::string(segment) : unescaped(segment);
    literal_ = literal_ && !made.any_depth && !made.wild;
    segments_.push_back(std::move(made));
  }
  // Why: a state is 64 bits; a path of more than 63 named segments is beyond PATH_MAX in practice.
  if (segments_.size() > 63)
    segments_.assign(1, Segment{std::string("/"), false, false});
}

PathPattern::State PathPattern::close(State state) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].any_depth && (state >> i & 1U) != 0)
      state |= State{1} << (i + 1);
  }
  return state;
}

PathPattern::State PathPattern::enter(State state, std::string_view name) const {
  State next = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if ((state >> i & 1U) == 0)
      continue;
    const Segment& segment = segments_[i];
    if (segment.any_depth) {
      next |= State{1} << i;
    } else if (segment.wild ? wildcard_match(segment.text, name) : segment.text == name) {
      next |= State{1} << (i + 1);
    }
  }
  return close(next);
}

}  // namespace backstay::runtime
