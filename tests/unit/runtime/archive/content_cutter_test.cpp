// The cutter beside a slow one that says what it does: byte by byte, one hash, no skipping.
#include "runtime/archive/content_cutter.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

namespace backstay::runtime::testing {
namespace {

using Bytes = std::vector<std::byte>;

// splitmix64 from the cutter's seed.
std::array<std::uint64_t, 256> gear() {
  std::array<std::uint64_t, 256> numbers{};
  std::uint64_t state = 0x6261636b73746179;
  for (std::uint64_t& number : numbers) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    number = z ^ (z >> 31U);
  }
  return numbers;
}

// The lengths of the segments of a content that has fewer than 2048 of them.
std::vector<std::size_t> slow_cuts(const Bytes& bytes) {
  constexpr std::size_t kAverage = std::size_t{4} << 20U;
  constexpr std::size_t kLeast = kAverage / 2;
  constexpr std::size_t kMost = kAverage * 4;
  const auto numbers = gear();
  std::vector<std::size_t> lengths;
  std::size_t length = 0;
  std::uint64_t hash = 0;
  for (const std::byte byte : bytes) {
    hash = (hash << 1U) + numbers[static_cast<std::uint8_t>(byte)];
    ++length;
    const bool found = length > kLeast && hash < UINT64_MAX / (kAverage - kLeast);
    if (!found && length < kMost)
      continue;
    lengths.push_back(length);
    length = 0;
    hash = 0;
  }
  lengths.push_back(length);
  return lengths;
}

// pieces  sizes of what the cutter gets at once, in turn
std::vector<std::size_t> cuts(const Bytes& bytes, const std::vector<std::size_t>& pieces) {
  ContentCutter cutter;
  std::vector<std::size_t> lengths;
  std::size_t length = 0;
  std::span<const std::byte> rest = bytes;
  for (std::size_t turn = 0; !rest.empty(); ++turn) {
    auto piece = rest.first(std::min(rest.size(), pieces[turn % pieces.size()]));
    rest = rest.subspan(piece.size());
    while (!piece.empty()) {
      bool ended = false;
      const std::size_t taken = cutter.take(piece, ended);
      piece = piece.subspan(taken);
      length += taken;
      REQUIRE(length <= cutter.largest());
      if (ended)
        lengths.push_back(std::exchange(length, 0));
    }
  }
  lengths.push_back(length);
  return lengths;
}

Bytes noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  return bytes;
}

// Noise, text of few letters, zeros of a length that no block size divides, and noise again.
Bytes mixture(unsigned seed) {
  Bytes bytes = noise(std::size_t{9} << 20U, seed);
  const Bytes letters = noise(std::size_t{7} << 20U, seed + 1);
  for (const std::byte letter : letters)
    bytes.push_back((letter & std::byte{7}) | std::byte{0x60});
  bytes.resize(bytes.size() + (std::size_t{19} << 20U) + 12'345);
  const Bytes more = noise(std::size_t{9} << 20U, seed + 2);
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

}  // namespace

TEST_CASE("a content is cut where a slow cutter cuts it, however it comes") {
  const std::vector<std::vector<std::size_t>> ways = {
      {std::size_t{512} << 10U}, {1'000'003, 1, 65'537, 300'000}, {std::size_t{64} << 20U}};
  for (unsigned seed = 1; seed <= 2; ++seed) {
    const Bytes bytes = mixture(seed);
    const auto expected = slow_cuts(bytes);
    REQUIRE(expected.size() > 4);
    for (const auto& pieces : ways)
      CHECK(cuts(bytes, pieces) == expected);
  }
}

TEST_CASE("an insertion moves no cut but those around it") {
  Bytes bytes = noise(std::size_t{48} << 20U, 5);
  const std::vector<std::size_t> pieces{std::size_t{512} << 10U};
  const auto before = cuts(bytes, pieces);
  bytes.insert(bytes.begin() + (std::ptrdiff_t{1} << 20U), 1'001, std::byte{'x'});
  const auto after = cuts(bytes, pieces);
  REQUIRE(before.size() > 5);
  std::size_t same = 0;
  while (same < std::min(before.size(), after.size()) &&
         before[before.size() - 1 - same] == after[after.size() - 1 - same]) {
    ++same;
  }
  CHECK(same + 4 >= before.size());
}

TEST_CASE("holes are cut at the largest length") {
  const Bytes zeros(std::size_t{40} << 20U);
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  CHECK(cuts(zeros, {std::size_t{512} << 10U}) ==
        std::vector<std::size_t>{kMost, kMost, std::size_t{8} << 20U});
}

}  // namespace backstay::runtime::testing
