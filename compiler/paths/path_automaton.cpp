#include "compiler/paths/path_automaton.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace backstay::compiler {
namespace {

using Kind = PatternElement::Kind;

void finish(PathState& state) {
  std::sort(state.positions.begin(), state.positions.end());
  state.positions.erase(std::unique(state.positions.begin(), state.positions.end()),
                        state.positions.end());
}

SegmentState next_segment(SegmentState from, char byte) {
  if (byte == '/') {
    return SegmentState::Empty;
  }
  if (byte == '.' && from == SegmentState::Empty) {
    return SegmentState::Dot;
  }
  return byte == '.' && from == SegmentState::Dot ? SegmentState::DotDot : SegmentState::Real;
}

/// A byte that is not in the sorted `taken`: one that reads well where there is one.
std::optional<char> other_byte(const std::string& taken) {
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

}  // namespace

std::size_t PathStateHash::operator()(const PathState& state) const {
  auto hash = static_cast<std::uint64_t>(state.segment);
  const auto mix = [&hash](std::uint64_t part) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
  };
  std::for_each(state.positions.begin(), state.positions.end(), mix);
  mix(~std::uint64_t{0});
  std::for_each(state.matched.begin(), state.matched.end(), mix);
  return static_cast<std::size_t>(hash);
}

std::uint32_t PathAutomaton::add(const PathPattern* pattern) {
  const auto [known, is_new] =
      numbers_.try_emplace(pattern, static_cast<std::uint32_t>(patterns_.size()));
  if (is_new) {
    patterns_.push_back(pattern);
    first_.push_back(next_);
    next_ += static_cast<std::uint32_t>(pattern->elements().size()) + 1;
  }
  return known->second;
}

PathState PathAutomaton::start() const {
  PathState state;
  for (std::uint32_t pattern = 0; pattern < patterns_.size(); ++pattern) {
    enter(pattern, 0, state.positions);
  }
  finish(state);
  return state;
}

PathState PathAutomaton::move(const PathState& from, char byte) const {
  PathState to;
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

std::vector<std::uint32_t> PathAutomaton::members(const PathState& state) const {
  std::vector<std::uint32_t> all = state.matched;
  confirm(state, all);
  return all;
}

std::vector<std::uint32_t> PathAutomaton::alive(const PathState& state) const {
  std::vector<std::uint32_t> all;
  for (const std::uint32_t position : state.positions) {
    const std::uint32_t pattern = pattern_of(position);
    if (all.empty() || all.back() != pattern) {
      all.push_back(pattern);
    }
  }
  return all;
}

std::string PathAutomaton::alphabet(const PathState& state) const {
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

std::uint32_t PathAutomaton::pattern_of(std::uint32_t position) const {
  const auto after = std::upper_bound(first_.begin(), first_.end(), position);
  return static_cast<std::uint32_t>(after - first_.begin()) - 1;
}

/// Adds a position and those that it reaches without a byte.
void PathAutomaton::enter(std::uint32_t pattern,
                          std::uint32_t at,
                          std::vector<std::uint32_t>& into) const {
  const auto& elements = patterns_[pattern]->elements();
  into.push_back(first_[pattern] + at);
  if (at < elements.size() && elements[at].kind == Kind::AnyBytes) {
    enter(pattern, at + 1, into);
  }
  if (at < elements.size() && elements[at].kind == Kind::AnySegments) {
    enter(pattern, at + 2, into);
  }
}

void PathAutomaton::step(std::uint32_t pattern,
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
void PathAutomaton::confirm(const PathState& state, std::vector<std::uint32_t>& matched) const {
  for (const std::uint32_t position : state.positions) {
    const std::uint32_t pattern = pattern_of(position);
    if (position - first_[pattern] == patterns_[pattern]->elements().size()) {
      matched.push_back(pattern);
    }
  }
  std::sort(matched.begin(), matched.end());
  matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
}

}  // namespace backstay::compiler
