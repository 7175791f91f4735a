#include "runtime/store/stream_ahead.hpp"

#include <algorithm>
#include <atomic>

#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

std::byte byte_at(std::uint64_t place) {
  return static_cast<std::byte>((place * 31 + place / 997) & 0xffU);
}

/// `size` bytes in odd pieces, then what `end` says.
class OddStream final : public StreamReader {
 public:
  explicit OddStream(std::uint64_t size, Result<void> end = {})
      : size_(size), end_(std::move(end)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (given_ == size_ && !end_)
      return end_.error();
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>({buffer.size(), size_ - given_, 1 + (given_ * 7919) % 90'001}));
    for (std::size_t index = 0; index < count; ++index)
      buffer[index] = byte_at(given_ + index);
    given_ += count;
    return count;
  }

  [[nodiscard]] std::uint64_t given() const { return given_; }

 private:
  std::uint64_t size_;
  std::atomic<std::uint64_t> given_ = 0;
  Result<void> end_;
};

/// How many bytes came as they should, until the end or an Error.
std::uint64_t taken(StreamReader& stream, std::size_t most, std::string& error) {
  std::vector<std::byte> room(most);
  for (std::uint64_t place = 0;;) {
    const Result<std::size_t> size = stream.read(room);
    if (!size)
      error = size.error().message;
    if (!size || *size == 0)
      return place;
    for (std::size_t index = 0; index < *size; ++index)
      REQUIRE(room[index] == byte_at(place + index));
    place += *size;
  }
}

}  // namespace

TEST_CASE("a stream that is read ahead gives the same bytes") {
  constexpr std::uint64_t kMiB = 1U << 20U;
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, kMiB, kMiB + 1, 11 * kMiB + 17}) {
    for (const std::size_t most : {std::size_t{4096}, std::size_t{3'000'001}}) {
      OddStream source(size);
      StreamAhead ahead(source);
      std::string error;
      CHECK(taken(ahead, most, error) == size);
      CHECK(error.empty());
    }
  }
}

TEST_CASE("the error of a stream that is read ahead comes behind its bytes, and stays") {
  OddStream source(5'000'000,
                   Error{.kind = ErrorKind::Verification, .message = "its hash differs"});
  StreamAhead ahead(source);
  for (const std::uint64_t bytes : {5'000'000, 0}) {
    std::string error;
    CHECK(taken(ahead, 65'536, error) == bytes);
    CHECK(error == "its hash differs");
  }
}

TEST_CASE("a stream that nobody takes is not read whole") {
  OddStream source(std::uint64_t{1} << 40U);
  {
    StreamAhead ahead(source);
    std::byte one{};
    CHECK(*ahead.read(std::span(&one, 1)) == 1);
  }
  CHECK(source.given() <= 6U << 20U);
}

}  // namespace backstay::runtime::testing
