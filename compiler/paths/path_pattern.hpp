// One pattern over absolute paths, as `path`, `except` and `keep` use it (language.md, section 4).
//
// A pattern selects the nodes that it matches and all below them. `*` and `?` stand for bytes
// within a segment (dots too), `**` as a whole segment for any number of segments, also none. It is
// kept as a flat list of elements, which read as the positions of a nondeterministic automaton over
// bytes; path_query.cpp walks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::compiler {

/// What a path must have at one place to go on.
struct PatternElement {
  enum class Kind : std::uint8_t {
    Slash,        ///< begins a segment
    Byte,         ///< exactly `byte`
    AnyByte,      ///< `?`
    AnyBytes,     ///< `*`
    AnySegments,  ///< `**`, before it takes a further segment; always followed by InSegment
    InSegment,    ///< `**`, within a segment that it takes
  };
  Kind kind = Kind::Slash;
  char byte = 0;
};

/// A pattern, read once. Immutable.
class PathPattern {
 public:
  static constexpr std::size_t max_length = 4096;      ///< bytes; PATH_MAX of Linux
  static constexpr std::size_t max_segments = 63;      ///< of a pattern, as when the plan runs
  static constexpr std::size_t max_path_depth = 2048;  ///< segments of a path without wildcards

  /// Reads a pattern in the form of lang/syntax/ast.hpp: after a `\` a byte stands for itself.
  /// Empty segments count for nothing. Nothing when it is over a limit.
  [[nodiscard]] static std::optional<PathPattern> parse(std::string_view text);
  /// A path in which no byte has a meaning of its own. Nothing when it is over a limit.
  [[nodiscard]] static std::optional<PathPattern> literal(std::string_view path);

  /// The leading segments without wildcards, `/etc/nova`; empty for the root. All that the pattern
  /// selects is this node or lies below it.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  /// Is there no wildcard at all? Then prefix() is the node.
  [[nodiscard]] bool is_literal() const { return literal_; }

  [[nodiscard]] const std::vector<PatternElement>& elements() const { return elements_; }

  /// Does it match this absolute path or a node above it? Linear for all but contrived patterns.
  [[nodiscard]] bool selects(std::string_view path) const;

 private:
  /// A segment of the pattern: its elements after the slash, or `**`.
  struct Segment {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool any = false;
  };

  void reserve(std::string_view text);
  void add_segment(std::string_view segment, bool wildcards);
  [[nodiscard]] bool matches(const Segment& segment, std::string_view name) const;

  std::vector<PatternElement> elements_;
  std::vector<Segment> segments_;
  std::string prefix_;
  bool literal_ = true;
};

}  // namespace backstay::compiler
