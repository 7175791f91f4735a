#include "runtime/archive/content_cutter.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace backstay::runtime {

namespace {

constexpr std::size_t kAverage = std::size_t{4} << 20U;
constexpr std::uint64_t kSegmentsPerStep = 2048;
constexpr std::uint64_t kSteps = 2;
// A bit of the hash is influenced by as many of the last bytes.
constexpr std::size_t kWindow = 64;

// One random number a byte value, from a fixed seed: the same cuts in every version.
constexpr std::array<std::uint64_t, 256> make_gear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0x6261636b73746179;
  for (std::uint64_t& number : gear) {  // splitmix64
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    number = z ^ (z >> 31U);
  }
  return gear;
}

constexpr std::array<std::uint64_t, 256> kGear = make_gear();

std::uint64_t step(std::uint64_t hash, std::byte byte) {
  return (hash << 1U) + kGear[static_cast<std::uint8_t>(byte)];
}

// Whether all are zeros, as in the holes of images: compared with themselves, one byte on.
bool all_zeros(const std::byte* bytes, std::size_t count) {
  return bytes[0] == std::byte{} && std::memcmp(bytes, bytes + 1, count - 1) == 0;
}

// The hash behind a window of zeros: a sum of one gear shifted by all places.
constexpr std::uint64_t kZerosHash = 0 - kGear[0];

// Whether no cut is in the first kLanes * kLane bytes; `hash` is then that of their end. Looks at
// several places at once, because each step waits for the one before it. A place knows its hash
// from the window before it: what is older was shifted out.
constexpr std::size_t kLanes = 4;
constexpr std::size_t kLane = 4096;

bool passes(const std::byte* bytes, std::uint64_t threshold, std::uint64_t& hash) {
  if (hash == kZerosHash && hash >= threshold && all_zeros(bytes, kLanes * kLane))
    return true;
  std::array<std::uint64_t, kLanes> hashes{hash};
  for (std::size_t lane = 1; lane < kLanes; ++lane) {
    for (std::size_t i = kLane - kWindow; i < kLane; ++i)
      hashes[lane] = step(hashes[lane], bytes[(lane - 1) * kLane + i]);
  }
  std::uint64_t a = hashes[0];
  std::uint64_t b = hashes[1];
  std::uint64_t c = hashes[2];
  std::uint64_t d = hashes[3];
  // One branch for several bytes: one for each would cost more than the hashes.
  constexpr std::size_t kStride = 16;
  for (std::size_t i = 0; i < kLane; i += kStride) {
    bool found = false;
    for (std::size_t j = i; j < i + kStride; ++j) {
      a = step(a, bytes[j]);
      b = step(b, bytes[kLane + j]);
      c = step(c, bytes[2 * kLane + j]);
      d = step(d, bytes[3 * kLane + j]);
      found |= (a < threshold) | (b < threshold) | (c < threshold) | (d < threshold);
    }
    if (found)
      return false;
  }
  hash = d;
  return true;
}

}  // namespace

void ContentCutter::begin_segment() {
  const std::size_t average = kAverage << std::min(segments_ / kSegmentsPerStep, kSteps);
  least_ = average / 2;
  largest_ = std::min(average * 4, kLargestSegment);
  threshold_ = UINT64_MAX / (average - least_);
  length_ = 0;
  hash_ = 0;
}

// No cut is below the least length, so hashing begins a window before it.
std::size_t ContentCutter::skip(std::size_t count) {
  const std::size_t unhashed = least_ - kWindow;
  const std::size_t skipped = length_ < unhashed ? std::min(count, unhashed - length_) : 0;
  length_ += skipped;
  return skipped;
}

std::size_t ContentCutter::take(std::span<const std::byte> bytes, bool& ended) {
  std::size_t at = skip(bytes.size());
  const std::size_t end = std::min(bytes.size(), at + (largest_ - length_));
  const std::size_t before = at;
  std::uint64_t hash = hash_;
  const auto pass = [&](std::size_t until) {
    while (at < until)
      hash = step(hash, bytes[at++]);
  };
  // Up to the least length the hash only fills; after it every byte may be the last.
  const std::size_t filling = least_ > length_ ? least_ - length_ : 0;
  pass(std::min(end, at + filling));
  while (end - at >= kLanes * kLane && passes(bytes.data() + at, threshold_, hash))
    at += kLanes * kLane;
  bool found = false;
  while (at < end && !found) {
    hash = step(hash, bytes[at++]);
    found = hash < threshold_;
  }
  hash_ = hash;
  length_ += at - before;
  ended = found || length_ == largest_;
  if (ended) {
    ++segments_;
    begin_segment();
  }
  return at;
}

}  // namespace backstay::runtime
