// The one rename: what it leaves when it cannot be made durable, and who may not disturb it.
#include "runtime/store/publish.hpp"

#include <cerrno>

#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/simulated_filesystem.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::SimulatedFilesystem;

constexpr const char* kId = "00000001-20260101T000000Z-policy-host1-00000000";

// A staging with two durable files.
Store make_staged(SimulatedFilesystem& disk) {
  const Store store{.path = "/store", .uuid = {}, .links = true, .created = false};
  for (const std::string& directory :
       {layout::snapshots(store.path), layout::staging(store.path), layout::records(store.path)})
    REQUIRE(make_directories(disk, directory, 0700));
  REQUIRE(make_staging(disk, "/store/staging/run"));
  for (const char* name : {"/store/staging/run/a", "/store/staging/run/b"})
    REQUIRE(write_new_file(disk, name, "bytes", 0400));
  REQUIRE(disk.sync_directory("/store/staging/run"));
  return store;
}

void copy_into(Bench& bench,
               const Store& target,
               const std::string& id,
               const std::function<void(std::uint64_t)>& progress) {
  const auto copied =
      copy_snapshot(bench.files, bench.store, target,
                    {.snapshot = id, .policy = "policy", .host = "host1"}, progress, {});
  REQUIRE(error_of(copied).empty());
}

}  // namespace

TEST_CASE("a snapshot that was taken back never comes back half, though its staging is removed") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedFilesystem disk;
    const Store store = make_staged(disk);
    disk.set_fault([](FileCall call, const std::string& path) {
      return call == FileCall::SyncDirectory && path == "/store/snapshots" ? EIO : 0;
    });
    const auto publication = publish_staging(disk, store, "/store/staging/run", kId);
    REQUIRE(publication);
    CHECK(publication->state == Published::Withdrawn);
    CHECK_FALSE(publication->outcome);
    disk.set_fault([seed](FileCall call, const std::string&) {
      return call == FileCall::RemoveDirectory && seed % 2 == 0 ? EIO : 0;
    });
    (void)recover_stagings(disk, store);
    disk.cut_power(seed);
    const std::string path = layout::snapshot(store.path, kId);
    INFO("seed " << seed);
    if (exists(disk, path))
      CHECK(disk.list(path)->size() == 2);
  }
}

TEST_CASE("while its names cannot be made durable, recovery removes nothing") {
  SimulatedFilesystem disk;
  const Store store = make_staged(disk);
  disk.set_fault([](FileCall call, const std::string& path) {
    return call == FileCall::SyncDirectory && path == "/store/snapshots" ? EIO : 0;
  });
  REQUIRE(publish_staging(disk, store, "/store/staging/run", kId));
  CHECK_FALSE(recover_stagings(disk, store));
  CHECK(disk.list("/store/staging/run")->size() == 2);
}

TEST_CASE("a record is there after a power cut though an earlier writer died over its directory") {
  SimulatedFilesystem disk;
  const Store store = make_staged(disk);
  REQUIRE(disk.make_directory(layout::records(store.path) + "/" + kId, 0700));
  REQUIRE(write_record(disk, store, kId, "verify", "{}"));
  disk.cut_power();
  CHECK(read_records(disk, store, kId, "verify")->size() == 1);
}

TEST_CASE("a run of another policy takes no copy in the making away") {
  Bench bench;
  write_text(bench.directory / "source/a", "content");
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(id).empty());
  const auto target =
      init_store(bench.real, bench.world->directories, bench.directory / "second", "second");
  REQUIRE(error_of(target).empty());
  bool recovered = false;
  copy_into(bench, *target, *id, [&](std::uint64_t) {
    REQUIRE(error_of(recover_stagings(bench.real, *target)).empty());
    recovered = true;
  });
  CHECK(recovered);
  const auto report =
      verify_snapshot(bench.real, *target, {.snapshot = *id, .level = 2, .components = {}}, {});
  REQUIRE(error_of(report).empty());
  CHECK(report->problems == std::vector<std::string>{});
}

TEST_CASE("a copy removes what others left in staging, and makes durable what it finds there") {
  RealFilesystem real;
  FaultyFilesystem counting(real);
  Bench bench(&counting);
  write_text(bench.directory / "source/a", "content");
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(id).empty());
  const auto target =
      init_store(bench.real, bench.world->directories, bench.directory / "second", "second");
  REQUIRE(error_of(target).empty());
  write_text(bench.directory / "second/staging/copy-of-another/SHA256SUMS", "half");
  copy_into(bench, *target, *id, [](std::uint64_t) {});
  CHECK(fs::is_empty(bench.directory / "second/staging"));
  const std::uint64_t before = counting.count(FileCall::SyncDirectory);
  copy_into(bench, *target, *id, [](std::uint64_t) {});
  CHECK(counting.count(FileCall::SyncDirectory) >= before + 2);
}

TEST_CASE("a link in the place of a file is found, though what it leads to is the same") {
  Bench bench;
  write_text(bench.directory / "source/a", "content");
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(id).empty());
  const std::string path = layout::snapshot(bench.store.path, *id) + "/RESTORE.txt";
  fs::permissions(fs::path(path).parent_path(), fs::perms::owner_all);
  fs::rename(path, bench.directory / "elsewhere");
  fs::create_symlink(bench.directory / "elsewhere", path);
  CHECK_FALSE(bench.verify(*id, 0)->intact());
}

}  // namespace backstay::runtime::testing
