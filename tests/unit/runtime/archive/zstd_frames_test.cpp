#include "runtime/archive/zstd_frames.hpp"

#include <random>

#include "runtime/seal/bytes_file.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size) {
  std::mt19937_64 random(size);
  Bytes bytes(size);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  return bytes;
}

void append(Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

FrameReader reader_of(const Bytes& bytes) {
  return {std::make_unique<BytesFile>(bytes), "frames"};
}

bool has_checksum(std::span<const std::byte> frame) {
  return (frame[4] & std::byte{0x04}) != std::byte{};  // RFC 8878, 3.1.1.1.1
}

}  // namespace

TEST_CASE("frames of every size come back one by one, and each has its checksum") {
  FrameCompressor compressor;
  std::vector<Bytes> contents;
  for (const std::size_t size : {1U, 1'000U, 600'000U, 3U << 20U, 22U << 20U}) {
    contents.push_back(noise(size));
    contents.emplace_back(size, std::byte{'x'});
  }
  Bytes stored;
  for (const Bytes& content : contents) {
    const auto frame = compressor.compress(content);
    CHECK(has_checksum(frame));
    CHECK(frame.size() <= content.size() + content.size() / 1'000 + 64);
    append(stored, frame);
  }
  FrameReader reader = reader_of(stored);
  for (const Bytes& content : contents) {
    const auto decoded = reader.next();
    REQUIRE(error_of(decoded).empty());
    CHECK(std::ranges::equal(*decoded, content));
    CHECK_FALSE(reader.at_end());
  }
  CHECK(reader.next()->empty());
  CHECK(reader.at_end());
}

TEST_CASE("whether more follows can be asked while a content is held") {
  FrameCompressor compressor;
  const Bytes content = noise(700'000);
  Bytes stored;
  append(stored, compressor.compress(content));
  append(stored, compressor.compress(content));
  FrameReader reader = reader_of(stored);
  const auto first = reader.next();
  CHECK(*reader.more());
  CHECK(std::ranges::equal(*first, content));
  const auto second = reader.next();
  CHECK_FALSE(*reader.more());
  CHECK(std::ranges::equal(*second, content));
}

TEST_CASE("a frame that is cut short, altered or followed by something else is refused") {
  FrameCompressor compressor;
  for (const Bytes& content : {noise(600'000), Bytes(600'000, std::byte{'x'}), noise(22U << 20U)}) {
    Bytes stored;
    append(stored, compressor.compress(content));
    const auto kind = [](const Bytes& bytes) {
      FrameReader reader = reader_of(bytes);
      while (true) {
        const auto next = reader.next();
        if (!next)
          return std::optional(next.error().kind);
        if (reader.at_end())
          return std::optional<ErrorKind>();
      }
    };
    CHECK_FALSE(kind(stored));
    CHECK(kind(Bytes(stored.begin(), stored.end() - 1)) == ErrorKind::Verification);
    Bytes altered = stored;
    altered[altered.size() / 2] ^= std::byte{1};
    CHECK(kind(altered) == ErrorKind::Verification);
    Bytes longer = stored;
    append(longer, noise(100));
    CHECK(kind(longer) == ErrorKind::Verification);
    // A reader of this thread that failed leaves nothing to the next.
    CHECK_FALSE(kind(stored));
  }
}

TEST_CASE("a fast level stores the same content") {
  FrameCompressor fast(kFastZstdLevel);
  FrameCompressor standard;
  Bytes content;
  std::mt19937_64 random(1);
  while (content.size() < 2'000'000)
    content.push_back(static_cast<std::byte>('a' + random() % 5));
  Bytes stored;
  append(stored, fast.compress(content));
  append(stored, standard.compress(content));
  FrameReader reader = reader_of(stored);
  CHECK(std::ranges::equal(*reader.next(), content));
  CHECK(std::ranges::equal(*reader.next(), content));
}

}  // namespace backstay::runtime::testing
