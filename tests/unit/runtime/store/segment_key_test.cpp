#include "runtime/store/segment_key.hpp"

#include <sys/stat.h>

#include "runtime/archive/part_file.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

TEST_CASE("the key of segments is made once, and only root can read it") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  const std::string place = directory / "cache/store";
  const auto first = segment_key(files, place);
  REQUIRE(error_of(first).empty());
  CHECK(*segment_key(files, place) == *first);

  struct stat status {};

  REQUIRE(stat((place + "/segment-key").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  CHECK(*segment_key(files, directory / "cache/other") != *first);
}

TEST_CASE("a broken key of segments is replaced") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  const auto first = segment_key(files, directory.path());
  for (const char* const broken : {"", "00\n", "zz112233445566778899aabbccddeeff\n"}) {
    std::filesystem::remove(directory / "segment-key");
    write_text(directory / "segment-key", broken);
    const auto made = segment_key(files, directory.path());
    REQUIRE(error_of(made).empty());
    CHECK(*made != *first);
    CHECK(*segment_key(files, directory.path()) == *made);
  }
}

TEST_CASE("a segment is found again by its content and the key alone") {
  RealFilesystem files;
  const std::string text = "a segment";
  const auto bytes = std::as_bytes(std::span(text));
  PartDirectory one(files, "one");
  PartDirectory two(files, "two");
  CHECK(one.tag(bytes) == two.tag(bytes));
  PartDirectory other(files, "other");
  int asked = 0;
  other.tag_with([&] {
    ++asked;
    return random_hash_key();
  });
  CHECK(asked == 0);
  CHECK(other.tag(bytes) != two.tag(bytes));
  CHECK(other.tag(bytes) == other.tag(bytes));
  CHECK(asked == 1);
  CHECK(two.tag(bytes) != two.tag(bytes.first(8)));
}

}  // namespace backstay::runtime::testing
