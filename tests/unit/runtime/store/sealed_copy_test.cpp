// A sealed copy of a store that is not sealed.
#include "runtime/store/sealed_copy.hpp"

#include "runtime/store/records.hpp"
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/sealed_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

/// A plain store and a sealed one beside it.
class CopyBench : public SealedBench {
 public:
  CopyBench() : vault(sealer) {
    sealer.reset();
    auto made = init_store(real, world->directories, directory / "second", "second");
    REQUIRE(error_of(made).empty());
    second = *made;
  }

  Result<CopyReport> copy(const std::string& id) {
    return copy_snapshot(real, store, second,
                         {.snapshot = id, .policy = "policy", .host = "host1", .sealer = vault},
                         [](std::uint64_t) {}, {});
  }

  std::string at(const std::string& id) const { return second.path + "/snapshots/" + id; }

  std::shared_ptr<const Sealer> vault;
  Store second;
};

}  // namespace

TEST_CASE("random trees come back from a sealed copy, by us and by hand") {
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    CopyBench bench;
    const std::string source = bench.directory / "source";
    make_random_tree(source, seed);
    write_text(source + "/large", std::string(20U << 20U, 'l') + std::to_string(seed));
    const auto before = describe_tree(source);
    const auto action = bench.files_of(source);
    const auto id = bench.back_up(action);
    INFO("seed " << seed);
    REQUIRE(error_of(id).empty());
    REQUIRE(error_of(bench.copy(*id)).empty());
    for (const std::string& path : files_below(bench.at(*id) + "/data"))
      CHECK(read_text(path).starts_with("age-encryption.org/v1\n"));

    const auto blind = bench.verify_with(nullptr, *id, 2, &bench.second);
    REQUIRE(error_of(blind).empty());
    CHECK(blind->problems.empty());
    CHECK(blind->level == 1);
    const auto report = bench.verify_with(&bench.escrow, *id, 2, &bench.second);
    REQUIRE(error_of(report).empty());
    CHECK(report->problems.empty());
    CHECK(report->level == 2);

    const std::string ours = bench.directory / "ours";
    const auto outcome = bench.restore_with(
        &bench.operations, *id,
        {.files = Bench::restore_of(action), .paths = {}, .to_directory = ours, .run_id = {}},
        &bench.second);
    REQUIRE(error_of(outcome).empty());
    CHECK(difference(before, describe_tree(ours + source)) == "");
    const std::string root = bench.directory / "by-hand";
    CHECK(restore_sealed_by_hand(bench.at(*id), root, bench.escrow) == "");
    CHECK(difference(before, describe_tree(root + source)) == "");
  }
}

TEST_CASE("each part is sealed once a target") {
  CopyBench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 20; ++i)
    write_text(source + "/file" + std::to_string(i), "content " + std::to_string(i));
  write_text(source + "/large", std::string(20U << 20U, 'l') + "end");
  bench.settle();
  const auto action = bench.files_of(source);
  const auto first = bench.back_up(action);
  REQUIRE(error_of(first).empty());
  REQUIRE(error_of(bench.copy(*first)).empty());
  write_text(source + "/file7", "another content");
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());

  SECTION("what an earlier copy sealed is linked") {
    const auto report = bench.copy(*second);
    REQUIRE(error_of(report).empty());
    CHECK(report->linked_bytes > report->copied_bytes);
    CHECK(read_records(bench.real, bench.store, *second, "copy")->size() == 1);
    CHECK(bench.verify_with(&bench.operations, *second, 2, &bench.second)->problems.empty());
    const std::string root = bench.directory / "by-hand";
    CHECK(restore_sealed_by_hand(bench.at(*second), root, bench.operations) == "");
    CHECK(difference(describe_tree(source), describe_tree(root + source)) == "");
    CHECK(bench.copy(*second)->was_there);
  }
  SECTION("without the record all of it is sealed anew") {
    fs::remove_all(bench.store.path + "/records");
    const auto report = bench.copy(*second);
    REQUIRE(error_of(report).empty());
    CHECK(report->linked_bytes == 0);
    CHECK(bench.verify_with(&bench.operations, *second, 2, &bench.second)->problems.empty());
  }
  SECTION("and for other recipients too") {
    auto other = Sealer::open(bench.runner, key_for({bench.stranger, bench.escrow}));
    REQUIRE(error_of(other).empty());
    bench.vault = *other;
    const auto report = bench.copy(*second);
    REQUIRE(error_of(report).empty());
    CHECK(report->linked_bytes == 0);
    CHECK(bench.verify_with(&bench.stranger, *second, 2, &bench.second)->problems.empty());
  }
  SECTION("what is not what it was is not sealed") {
    const std::string component = bench.store.path + "/snapshots/" + *second + "/data/app.files";
    const auto all = files_below(component);
    const std::string changed = *std::ranges::find_if(all, [](const std::string& path) {
      return path.ends_with(".tar.zst") && fs::hard_link_count(path) == 1;
    });
    fs::permissions(changed, fs::perms::owner_all);
    write_text(changed, read_text(changed) + "x");
    const auto report = bench.copy(*second);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == ErrorKind::Verification);
    CHECK_FALSE(fs::exists(bench.at(*second)));
  }
}

TEST_CASE("what is sealed already is copied as it is") {
  CopyBench bench;
  bench.sealer = bench.vault;
  const std::string source = bench.directory / "source";
  write_text(source + "/file", "content");
  const auto id = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(id).empty());
  REQUIRE(error_of(bench.copy(*id)).empty());
  CHECK(read_text(bench.at(*id) + "/SHA256SUMS") ==
        read_text(bench.store.path + "/snapshots/" + *id + "/SHA256SUMS"));
  CHECK(bench.verify_with(&bench.operations, *id, 2, &bench.second)->problems.empty());
}

TEST_CASE("a record of a copy is read for its store and its recipients alone") {
  const SealKey key{.name = "vault", .recipients = {"age1a", "age1b"}};
  const SealedParts parts = {{sha256(std::string_view("plain")), sha256(std::string_view("x"))}};
  const std::string json = to_json(parts, "store", key);
  CHECK(parse_sealed_parts(json, "store", key) == parts);
  CHECK(parse_sealed_parts(json, "another", key).empty());
  CHECK(parse_sealed_parts(json, "store", {.name = "vault", .recipients = {"age1a"}}).empty());
  CHECK(parse_sealed_parts("nonsense", "store", key).empty());
  CHECK(parse_sealed_parts(R"({"parts":[],"recipients":[],"to-store":7})", "store", key).empty());
}

}  // namespace backstay::runtime::testing
