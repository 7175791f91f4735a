// What is read back before a commit is compared with what was written.
#include "runtime/store/part_check.hpp"

#include <random>

#include "runtime/archive/tree_archiver.hpp"
#include "runtime/seal/bytes_file.hpp"
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

TEST_CASE("a segment that does not compress is proven by the checksum of its frame") {
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
  for (const PartRecord& record : parts.records()) {
    if (!record.segment)
      continue;
    ++segments;
    const std::string path = directory / ("parts/" + record.path);
    std::string bytes = *read_file(files, path);
    CHECK(bytes.size() < (17U << 20U));
    const auto decoded = [&] {
      return check_decodes(std::make_unique<BytesFile>(std::as_bytes(std::span(bytes))), record);
    };
    CHECK(error_of(decoded()).empty());
    bytes[bytes.size() / 2] ^= 1;  // in the middle of what was not compressed
    CHECK(decoded().error().kind == ErrorKind::Verification);
  }
  CHECK(segments > 1);
}

TEST_CASE("what was written is read back by a keyed hash, what was linked by its SHA-256") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  PartDirectory parts(files, directory.path());
  PartFile file(parts);
  const std::string text = "what is stored";
  REQUIRE(error_of(file.write(std::as_bytes(std::span(text)))).empty());
  auto record = file.finish({.check = PartCheck::Raw, .plain = sha256(text), .name = "part"});
  REQUIRE(error_of(record).empty());
  REQUIRE(record->written);
  const auto checked = [&] {
    return check_part(files, directory.path(), *record, ReadFrom::Device);
  };
  CHECK(error_of(checked()).empty());
  (*record->written)[0] ^= 1;
  CHECK(checked().error().kind == ErrorKind::Verification);
  record->written.reset();
  CHECK(error_of(checked()).empty());
  record->stored[0] ^= 1;
  CHECK(checked().error().kind == ErrorKind::Verification);
}

}  // namespace backstay::runtime::testing
