// Patterns over absolute paths, matched step by step while a tree is walked (language.md, section
// 4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::runtime {

/// `/var/lib/*/cache`, `/srv/**/tmp`. `*` and `?` match bytes within a segment, dots too; `**` any
/// number of segments, none included; `\*`, `\?` and `\\` are those characters.
class PathPattern {
 public:
  /// Which segments may come next; one bit each. 0: nothing below can match.
  using State = std::uint64_t;

  explicit PathPattern(std::string_view pattern);

  [[nodiscard]] State begin() const { return close(1); }

  /// The state below a node of this name.
  [[nodiscard]] State enter(State state, std::string_view name) const;

  [[nodiscard]] bool matched(State state) const { return (state >> segments_.size() & 1U) != 0; }

  /// The whole pattern without wildcards: it names one node.
  [[nodiscard]] bool literal() const { return literal_; }

 private:
  struct Segment {
    std::string text;
    bool any_depth = false;  // `**`
    bool wild = false;
  };

  [[nodiscard]] State close(State state) const;

  std::vector<Segment> segments_;  // at most 63; what is longer never matches
  bool literal_ = true;
};

/// `*`, `?` and `\` in one segment, against a name, by bytes.
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view name);

}  // namespace backstay::runtime
