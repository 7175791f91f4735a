// The read-back of a segment proves its content, also where the frame has no checksum of its own.
#include "runtime/store/part_check.hpp"

#include <random>

#include "runtime/archive/tree_archiver.hpp"
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

std::string noise(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("a segment that does not compress is read back by the hash of its content") {
  const TemporaryDirectory directory;
  const std::string source = directory / "source";
  std::filesystem::create_directories(source);
  write_text(source + "/noise", noise(20U << 20U));
  std::filesystem::create_directories(directory / "parts/list");
  RealFilesystem files;
  PartDirectory parts(files, directory / "parts");
  plan::ArchiveFiles action;
  action.path = source;
  REQUIRE(error_of(archive_tree(parts, action, {})).empty());
  std::size_t segments = 0;
  for (PartRecord record : parts.records()) {
    if (!record.segment)
      continue;
    ++segments;
    const std::string path = directory / ("parts/" + record.path);
    CHECK(error_of(check_decodes(std::move(*files.open_read(path)), record)).empty());
    record.plain[0] ^= 1;  // as if another content had been hashed than was stored
    CHECK(check_decodes(std::move(*files.open_read(path)), record).error().kind ==
          ErrorKind::Verification);
  }
  CHECK(segments > 1);
}

}  // namespace backstay::runtime::testing
