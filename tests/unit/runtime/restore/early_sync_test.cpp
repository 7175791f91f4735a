#include "runtime/restore/early_sync.hpp"

#include <fcntl.h>

#include "runtime/system/descriptors.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {

namespace {

constexpr std::uint64_t kMuch = std::uint64_t{1} << 30U;

}  // namespace

TEST_CASE("a file system is synced early and at the end", "[restore]") {
  const Descriptor root(open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(root.open());
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, kMuch}) {
    EarlySync sync(root.get());
    for (int file = 0; file < 8; ++file)
      sync.written(bytes);
    CHECK(sync.finish());
  }
  EarlySync left(root.get());
  left.written(kMuch);
}

TEST_CASE("a sync that fails is told, however little was written", "[restore]") {
  for (const std::uint64_t bytes : {std::uint64_t{0}, kMuch}) {
    EarlySync sync(-1);
    sync.written(bytes);
    const auto done = sync.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::Io);
    CHECK(done.error().message.find("durable") != std::string::npos);
  }
}

}  // namespace backstay::runtime
