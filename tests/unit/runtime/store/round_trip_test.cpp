// Any tree comes back as it was: through our restore, and by hand through RESTORE.txt with tar,
// zstd, dd and sha256sum alone.
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

void check_round_trip(std::uint64_t seed) {
  Bench bench;
  const std::string source = bench.directory / "source";
  make_random_tree(source, seed);
  const auto before = describe_tree(source, {.holes = true});
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  INFO("seed " << seed);
  REQUIRE(error_of(id).empty());
  CHECK(difference(before, describe_tree(source, {.holes = true}))
            .empty());  // reading changed nothing

  const auto report = bench.verify(*id, 2);
  REQUIRE(error_of(report).empty());
  CHECK(report->problems.empty());

  const auto outcome = bench.restore(*id, {.files = Bench::restore_of(action),
                                           .paths = {},
                                           .to_directory = bench.directory / "ours",
                                           .run_id = {}});
  REQUIRE(error_of(outcome).empty());
  CHECK(difference(before, describe_tree(bench.directory / ("ours" + source), {.holes = true})) ==
        "");

  const std::string root = bench.directory / "by-hand";
  CHECK(restore_by_hand(bench.store.path + "/snapshots/" + *id, root) == "");
  const auto plain = describe_tree(source);
  CHECK(difference(plain, describe_tree(root + source)) == "");
}

}  // namespace

TEST_CASE("random trees come back as they were, by us and by hand") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    check_round_trip(seed);
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
