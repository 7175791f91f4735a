#include "runtime/archive/read_ahead.hpp"

#include <chrono>
#include <thread>

#include <fcntl.h>

#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

SourceDirectoryPointer open_directory(const std::string& path) {
  return std::make_shared<SourceDirectory>(
      SourceDirectory{Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), {}});
}

// Whether it happens within half a minute.
bool comes_true(const std::function<bool()>& happens) {
  for (int i = 0; i < 30'000 && !happens(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return happens();
}

}  // namespace

TEST_CASE("reading ahead is of use once somebody waited for a device") {
  ReadAhead ahead;
  CHECK_FALSE(ahead.useful());
  ahead.waited();
  CHECK(ahead.useful());
}

TEST_CASE("reading ahead ends where all is in memory") {
  const TemporaryDirectory directory;
  write_text(directory / "file", "what was just written is in memory");
  const auto source = open_directory(directory.path());
  ReadAhead ahead;
  ahead.waited();
  for (int i = 0; i < 1'000; ++i)
    ahead.want(source, "file", i % 2 == 0);
  CHECK(comes_true([&] { return !ahead.useful(); }));
}

TEST_CASE("wishes that cannot be granted count as in memory, and its end drops those that wait") {
  const TemporaryDirectory directory;
  write_text(directory / "file", "text");
  const auto source = open_directory(directory.path());
  ReadAhead ahead;
  ahead.waited();
  for (int i = 0; i < 1'000; ++i)
    ahead.want(source, "missing", true);
  CHECK(comes_true([&] { return !ahead.useful(); }));
  for (int i = 0; i < 10'000; ++i)
    ahead.want(source, "file", true);
}

TEST_CASE("a thread that read nothing of a device knows it") {
  const long before = device_reads();
  CHECK(before >= 0);
  CHECK(device_reads() == before);
}

}  // namespace backstay::runtime::testing
