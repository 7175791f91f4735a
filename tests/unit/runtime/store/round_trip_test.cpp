// Any tree comes back as it was: through our restore, and by hand through RESTORE.txt with tar,
// zstd, dd and sha256sum alone.
#include "tests/unit/runtime/store/round_trip.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/archive/source_directory.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

TEST_CASE("random trees come back as they were, by us and by hand") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    CHECK(round_trip_of_random_tree(seed) == "");
  }
}

TEST_CASE("a single file, a link and a directory without anything are components too") {
  Bench bench;
  const std::string source = bench.directory / "source";
  SECTION("a file") {
    write_text(source, "alone");
  }
  SECTION("a large file") {
    write_text(source, std::string(40U << 20U, 'a') + "end");
  }
  SECTION("an empty file") {
    write_text(source, "");
  }
  SECTION("a link") {
    fs::create_symlink("/nowhere", source);
  }
  SECTION("a directory") {
    fs::create_directory(source);
  }
  const auto before = describe_tree(source);
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  fs::remove_all(source);
  const auto outcome = bench.restore(
      *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = {}, .run_id = {}});
  REQUIRE(error_of(outcome).empty());
  CHECK(difference(before, describe_tree(source)) == "");
  const std::string root = bench.directory / "by-hand";
  CHECK(restore_by_hand(bench.store.path + "/snapshots/" + *id, root) == "");
  CHECK(difference(before, describe_tree(root + source)) == "");
}

namespace {

// A directory below `top`, deeper than the kernel resolves at once; what is missing is made.
Descriptor descend(const std::string& top) {
  Descriptor directory(open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name(200, 'd');
  for (int depth = 0; depth < 24; ++depth) {
    (void)mkdirat(directory.get(), name.c_str(), 0755);
    directory =
        Descriptor(openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(directory.open());
  }
  return directory;
}

std::string read_in(const Descriptor& directory, const char* name) {
  const Descriptor file(openat(directory.get(), name, O_RDONLY | O_CLOEXEC));
  std::string text(100, '\0');
  const ssize_t size = read(file.get(), text.data(), text.size());
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

}  // namespace

TEST_CASE("a path longer than tar or the kernel takes at once comes back") {
  Bench bench;
  const std::string source = bench.directory / "source";
  fs::create_directory(source);
  {
    const Descriptor deep = descend(source);
    const Descriptor file(openat(deep.get(), "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    REQUIRE(write(file.get(), "deep", 4) == 4);
    REQUIRE(linkat(deep.get(), "file", deep.get(), "second name", 0) == 0);
  }
  bench.settle();
  const auto action = bench.files_of(source);
  REQUIRE(error_of(bench.back_up(action)).empty());
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  CHECK(bench.verify(*id, 2)->intact());
  const std::string ours = bench.directory / "ours";
  const auto outcome = bench.restore(
      *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = ours, .run_id = {}});
  REQUIRE(error_of(outcome).empty());
  CHECK(read_in(descend(ours + source), "file") == "deep");
  CHECK(read_in(descend(ours + source), "second name") == "deep");
}

TEST_CASE("an optional path that is absent leaves an empty component, a missing one fails") {
  Bench bench;
  auto action = bench.files_of(bench.directory / "nothing");
  const auto missing = bench.back_up(action);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::NotFound);
  action.optional = true;
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  const auto outcome = bench.restore(
      *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = {}, .run_id = {}});
  REQUIRE(error_of(outcome).empty());
  CHECK(outcome->notes.size() == 1);
  CHECK_FALSE(fs::exists(action.path));
}

}  // namespace backstay::runtime::testing
