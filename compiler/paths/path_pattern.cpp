#include "compiler/paths/path_pattern.hpp"

#include <algorithm>
#include <utility>

namespace backstay::compiler {
namespace {

using Kind = PatternElement::Kind;

/// One segment as elements; tells whether it holds a wildcard, and its bytes without escapes.
struct ReadSegment {
  std::vector<PatternElement> elements;
  std::string bytes;
  bool wild = false;
};

ReadSegment read_segment(std::string_view text, bool wildcards) {
  ReadSegment segment;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (wildcards && (byte == '*' || byte == '?')) {
      const Kind kind = byte == '*' ? Kind::AnyBytes : Kind::AnyByte;
      const bool again = kind == Kind::AnyBytes && !segment.elements.empty() &&
                         segment.elements.back().kind == Kind::AnyBytes;
      if (!again) {
        segment.elements.push_back({kind, 0});
      }
      segment.wild = true;
      continue;
    }
    const bool escape = wildcards && byte == '\\' && at + 1 < text.size();
    if (escape) {
      byte = text[++at];
    }
    segment.elements.push_back({Kind::Byte, byte});
    segment.bytes += byte;
  }
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
  const ReadSegment segment = read_segment(text, wildcards);
  literal_ = literal_ && !segment.wild;
  if (literal_) {
    prefix_ += '/';
    prefix_ += segment.bytes;
  }
  elements_.push_back({Kind::Slash, 0});
  segments_.push_back({elements_.size(), elements_.size() + segment.elements.size(), false});
  elements_.insert(elements_.end(), segment.elements.begin(), segment.elements.end());
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

std::optional<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  const bool fits = split(text, max_segments,
                          [&](std::string_view segment) { pattern.add_segment(segment, true); });
  return fits ? std::optional(std::move(pattern)) : std::nullopt;
}

std::optional<PathPattern> PathPattern::literal(std::string_view path) {
  PathPattern pattern;
  const bool fits = split(path, max_path_depth,
                          [&](std::string_view segment) { pattern.add_segment(segment, false); });
  return fits ? std::optional(std::move(pattern)) : std::nullopt;
}

}  // namespace backstay::compiler
