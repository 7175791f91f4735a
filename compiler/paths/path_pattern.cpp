#include "compiler/paths/path_pattern.hpp"

#include <algorithm>
#include <utility>

namespace backstay::compiler {
namespace {

using Kind = PatternElement::Kind;

/// A segment that is read: whether it holds a wildcard, and where its elements end.
struct ReadSegment {
  bool wild = false;
  std::size_t end = 0;
};

/// Appends the elements of a segment, and its bytes without escapes to `bytes`.
ReadSegment read_segment(std::string_view text,
                         bool wildcards,
                         std::vector<PatternElement>& elements,
                         std::string& bytes) {
  ReadSegment segment;
  const std::size_t begin = elements.size();
  for (std::size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (wildcards && (byte == '*' || byte == '?')) {
      const Kind kind = byte == '*' ? Kind::AnyBytes : Kind::AnyByte;
      const bool again = kind == Kind::AnyBytes && elements.size() > begin &&
                         elements.back().kind == Kind::AnyBytes;
      if (!again) {
        elements.push_back({kind, 0});
      }
      segment.wild = true;
      continue;
    }
    const bool escape = wildcards && byte == '\\' && at + 1 < text.size();
    if (escape) {
      byte = text[++at];
    }
    elements.push_back({Kind::Byte, byte});
    bytes += byte;
  }
  segment.end = elements.size();
  return segment;
}

}  // namespace

void PathPattern::add_segment(std::string_view text, bool wildcards) {
  if (wildcards && text == "**") {
    literal_ = false;
    const bool again = !elements_.empty() && elements_.back().kind == Kind::InSegment;
    if (!again) {
      elements_.push_back({Kind::AnySegments, 0});
      elements_.push_back({Kind::InSegment, 0});
      segments_.push_back({0, 0, true});
    }
    return;
  }
  const std::size_t kept = prefix_.size();
  prefix_ += '/';
  elements_.push_back({Kind::Slash, 0});
  const std::size_t begin = elements_.size();
  const ReadSegment segment = read_segment(text, wildcards, elements_, prefix_);
  segments_.push_back({begin, segment.end, false});
  literal_ = literal_ && !segment.wild;
  if (!literal_) {
    prefix_.resize(kept);
  }
}

// On a mismatch only the last `*` needs to take one byte more: what came before it matched already.
bool PathPattern::matches(const Segment& segment, std::string_view name) const {
  std::size_t at = segment.begin;
  std::size_t from = 0;
  std::size_t star = segment.end;  // none yet
  std::size_t star_from = 0;
  while (from < name.size()) {
    const PatternElement* const element = at < segment.end ? &elements_[at] : nullptr;
    if (element != nullptr && element->kind == Kind::AnyBytes) {
      star = at++;
      star_from = from;
    } else if (element != nullptr &&
               (element->kind == Kind::AnyByte || element->byte == name[from])) {
      ++at;
      ++from;
    } else if (star != segment.end) {
      at = star + 1;
      from = ++star_from;
    } else {
      return false;
    }
  }
  while (at < segment.end && elements_[at].kind == Kind::AnyBytes) {
    ++at;
  }
  return at == segment.end;
}

// The same one level up: `**` is the star, and what lies below a match is selected, too.
bool PathPattern::selects(std::string_view path) const {
  const auto next_segment = [path](std::size_t from) {
    return std::min(path.find_first_not_of('/', from), path.size());
  };
  std::size_t at = 0;
  std::size_t from = next_segment(0);
  std::size_t star = segments_.size();  // none yet
  std::size_t star_from = 0;
  while (at < segments_.size()) {
    if (segments_[at].any) {
      star = at++;
      star_from = from;
      continue;
    }
    if (from == path.size()) {
      return false;
    }
    const std::size_t end = std::min(path.find('/', from), path.size());
    if (matches(segments_[at], path.substr(from, end - from))) {
      ++at;
      from = next_segment(end);
    } else if (star != segments_.size()) {
      at = star + 1;
      star_from = next_segment(std::min(path.find('/', star_from), path.size()));
      from = star_from;
    } else {
      return false;
    }
  }
  return true;
}

namespace {

/// Calls `add` for each non-empty segment; false when a limit is passed.
template <typename Add>
bool split(std::string_view text, std::size_t most_segments, const Add& add) {
  if (text.size() > PathPattern::max_length) {
    return false;
  }
  std::size_t count = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (end > begin) {
      if (++count > most_segments) {
        return false;
      }
      add(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return true;
}

}  // namespace

void PathPattern::reserve(std::string_view text) {
  const std::size_t bytes = std::min(text.size(), max_length) + 1;
  elements_.reserve(bytes);
  prefix_.reserve(bytes);
  segments_.reserve(static_cast<std::size_t>(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes - 1), '/')));
}

std::optional<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  pattern.reserve(text);
  const bool fits = split(text, max_segments,
                          [&](std::string_view segment) { pattern.add_segment(segment, true); });
  return fits ? std::optional(std::move(pattern)) : std::nullopt;
}

std::optional<PathPattern> PathPattern::literal(std::string_view path) {
  PathPattern pattern;
  pattern.reserve(path);
  const bool fits = split(path, max_path_depth,
                          [&](std::string_view segment) { pattern.add_segment(segment, false); });
  return fits ? std::optional(std::move(pattern)) : std::nullopt;
}

}  // namespace backstay::compiler
