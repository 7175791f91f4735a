// What earlier versions wrote restores for ever: a small store of each is kept beside the tests.
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

std::string unpack(const TemporaryDirectory& directory, const std::string& name) {
  const std::string command = "tar -C '" + directory.path() + "' --zstd -xpf '" +
                              BACKSTAY_SOURCE_DIR "/tests/fixtures/" + name + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  return directory / "store";
}

}  // namespace

TEST_CASE("snapshots of a store of format 1.0 verify and restore, by us and by hand") {
  Bench bench;
  const std::string path = unpack(bench.directory, "store-1.0.tar.zst");
  auto opened = open_store_for_reading(bench.real, bench.directory / "store", {});
  REQUIRE(error_of(opened).empty());
  bench.store = *opened;
  const std::string source = "/var/tmp/backstay-fixture/tree";
  const auto snapshots = list_snapshots(bench.real, bench.store, {});
  REQUIRE(error_of(snapshots).empty());
  REQUIRE(snapshots->size() == 2);
  for (const SnapshotSummary& snapshot : *snapshots) {
    CHECK(bench.verify(snapshot.id, 2)->problems == std::vector<std::string>{});
    const std::string ours = bench.directory / ("ours-" + snapshot.id);
    const auto outcome =
        bench.restore(snapshot.id, {.files = Bench::restore_of(bench.files_of(source)),
                                    .paths = {},
                                    .to_directory = ours,
                                    .run_id = {}});
    REQUIRE(error_of(outcome).empty());
    const std::string tree = ours + source;
    CHECK(read_text(tree + "/app.conf") ==
          (snapshot.sequence == 1 ? "key = value\n" : "changed = yes\n"));
    CHECK(read_text(tree + "/new\nline") == "odd\n");
    CHECK(read_text(tree + "/\xff\xfe") == "bytes\n");
    CHECK(read_text(tree + "/sub/data") == std::string(70'000, 'd'));
    CHECK(read_text(tree + "/sparse").substr(9'000'000, 13) == "in the middle");
    CHECK(fs::file_size(tree + "/sparse") == 20U << 20U);
    CHECK(fs::file_size(tree + "/large") == 17'000'000);
    CHECK(fs::equivalent(tree + "/app.conf", tree + "/second-name"));
    CHECK(fs::read_symlink(tree + "/link") == "app.conf");
    CHECK(fs::is_fifo(tree + "/pipe"));
    const std::string root = bench.directory / ("hand-" + snapshot.id);
    CHECK(restore_by_hand(path + "/snapshots/" + snapshot.id, root) == "");
    CHECK(difference(describe_tree(tree), describe_tree(root + source)) == "");
    CHECK(fs::file_size(root + "/backstay-streams/app.db.database.sqlite") == 8192);
  }
}

}  // namespace backstay::runtime::testing
