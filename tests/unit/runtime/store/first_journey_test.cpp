// One backup and one restore, from end to end of this floor.
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

TEST_CASE("a tree comes back as it was") {
  Bench bench;
  const std::string source = bench.directory / "source/etc/app";
  write_text(source + "/app.conf", "[app]\nkey = value\n");
  write_text(source + "/sub/deep/note", std::string(100'000, 'x'));
  write_text(source + "/empty", "");
  fs::create_directories(source + "/nothing");
  fs::create_symlink("app.conf", source + "/link");
  fs::create_hard_link(source + "/app.conf", source + "/again");
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  const auto before = describe_tree(source);

  SECTION("into its place, when it is gone") {
    fs::remove_all(source);
    const auto outcome = bench.restore(
        *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = {}, .run_id = {}});
    REQUIRE(error_of(outcome).empty());
    CHECK(difference(before, describe_tree(source)).empty());
    CHECK(outcome->notes.empty());
  }
  SECTION("below another directory") {
    const auto outcome = bench.restore(*id, {.files = Bench::restore_of(action),
                                             .paths = {},
                                             .to_directory = bench.directory / "elsewhere",
                                             .run_id = {}});
    REQUIRE(error_of(outcome).empty());
    CHECK(difference(before, describe_tree(bench.directory / ("elsewhere" + source))).empty());
  }
  SECTION("not over what exists, unless told") {
    const auto outcome = bench.restore(
        *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = {}, .run_id = {}});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::Refused);
    CHECK(difference(before, describe_tree(source)).empty());
  }
  SECTION("in the place of another, which is kept") {
    write_text(source + "/app.conf", "changed");
    const auto changed = describe_tree(source);
    const auto outcome = bench.restore(*id, {.files = Bench::restore_of(action),
                                             .paths = {},
                                             .to_directory = {},
                                             .in_place = true,
                                             .run_id = {}});
    REQUIRE(error_of(outcome).empty());
    CHECK(difference(before, describe_tree(source)).empty());
    REQUIRE(outcome->kept.size() == 1);
    CHECK(difference(changed, describe_tree(outcome->kept[0])).empty());
  }
  SECTION("and the snapshot verifies at every level") {
    for (int level = 0; level <= 2; ++level) {
      const auto report = bench.verify(*id, level);
      REQUIRE(error_of(report).empty());
      CHECK(report->problems.empty());
    }
  }
}

}  // namespace backstay::runtime::testing
