// Where a long content is cut into segments: at places that its own bytes decide (a gear hash), so
// that an insertion moves no cut but those around it and the next backup finds the same segments.
//
// Why the average grows with the offset and not with the size: a dump's size is not known, and what
// comes before an offset is then cut alike however long the rest is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace backstay::runtime {

/// No segment is longer: memory for one is what a worker needs.
inline constexpr std::size_t kLargestSegment = std::size_t{32} << 20U;

/// Segments of 4 MiB on average (2 to 16); after each 2048 of one content twice that, up to 16 MiB
/// (8 to 32). The cuts are part of no format: a reader takes segments as they are.
class ContentCutter {
 public:
  ContentCutter() { begin_segment(); }

  /// How many of `bytes`, which follow what was given before, still belong to the segment. `ended`:
  /// it ends there.
  std::size_t take(std::span<const std::byte> bytes, bool& ended);

  /// The segment in the making holds at most this much.
  [[nodiscard]] std::size_t largest() const { return largest_; }

 private:
  void begin_segment();
  std::size_t skip(std::size_t count);

  std::uint64_t segments_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t threshold_ = 0;
  std::size_t least_ = 0;
  std::size_t largest_ = 0;
  std::size_t length_ = 0;
};

}  // namespace backstay::runtime
