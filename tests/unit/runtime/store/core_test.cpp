// The refusals and the rare turns of the store: what is broken, held, foreign or interrupted ends
// in a clear answer.
#include <stop_token>
#include <thread>

#include "lang/base/sha256.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "tests/support/simulated_filesystem.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

using test::SimulatedFilesystem;

// A bench with one snapshot and a second store.
class TwoStores {
 public:
  TwoStores() {
    write_text(bench.directory / "source/a", "content");
    const auto made = bench.back_up(bench.files_of(bench.directory / "source"));
    REQUIRE(error_of(made).empty());
    id = *made;
    const auto target =
        init_store(bench.real, bench.world->directories, bench.directory / "second", "second");
    REQUIRE(error_of(target).empty());
    second = *target;
  }

  Result<CopyReport> copy(const std::string& snapshot, const std::stop_token& stop = {}) {
    return copy_snapshot(
        bench.real, bench.store, second,
        {.snapshot = snapshot, .policy = "policy", .host = "host1"}, [](std::uint64_t) {}, stop);
  }

  [[nodiscard]] bool nothing_is_visible() const {
    return fs::is_empty(layout::snapshots(second.path));
  }

  Bench bench;
  std::string id;
  Store second;
};

}  // namespace

TEST_CASE("names that cannot be a directory's are refused, and a number leads an id") {
  for (const std::string& name : {std::string(), std::string(".x"), std::string("-x"),
                                  std::string("a/b"), std::string("a b"), std::string(201, 'a')}) {
    const auto checked = layout::check_plain_name(name, "policy");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::Refused);
  }
  CHECK(layout::sequence_of("00000012-x") == 12U);
  for (const char* id : {"", "x-1", "12", "12x"})
    CHECK_FALSE(layout::sequence_of(id));
}

TEST_CASE("a manifest of a newer format or with a broken field is refused in words") {
  Manifest manifest;
  manifest.components.push_back({.name = "app", .kind = "files", .facts = "{}", .streams = {}});
  manifest.components[0].streams.push_back({"rows.sql", 3, sha256(std::string_view("abc"))});
  const std::string text = to_json(manifest);
  REQUIRE(parse_manifest(text, "manifest.json"));
  const auto with = [&](const std::string& old, const std::string& now) {
    std::string edited = text;
    REQUIRE(edited.find(old) != std::string::npos);
    edited.replace(edited.find(old), old.size(), now);
    const auto parsed = parse_manifest(edited, "manifest.json");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::BadInput);
    return parsed.error().message;
  };
  CHECK(with("\"major\": 1", "\"major\": 2").find("has format 2") != std::string::npos);
  CHECK(with("\"sha256\": \"ba", "\"sha256\": \"zz").find("no SHA-256") != std::string::npos);
  CHECK(with("\"sequence\"", "\"sequenze\"").find("sequence") != std::string::npos);
  CHECK_FALSE(parse_digest("00"));
  CHECK_FALSE(canonical_json("[]"));
  CHECK_FALSE(parse_component_json("{}"));
}

TEST_CASE("a broken high-water mark stops the run before the commit, and says what to do") {
  TwoStores stores;
  const std::string mark = stores.bench.world->directories.state + "/sequences/" +
                           stores.bench.store.uuid + ".policy@host1";
  REQUIRE(fs::exists(mark));
  write_text(mark, "not a number\n");
  const auto again = stores.bench.back_up(stores.bench.files_of(stores.bench.directory / "source"));
  REQUIRE_FALSE(again);
  CHECK(again.error().hint.find("remove it") != std::string::npos);
  CHECK(fs::is_empty(stores.bench.store.path + "/staging"));
}

TEST_CASE(
    "a staging that somebody holds is busy, and recovery leaves it and what is foreign alone") {
  SimulatedFilesystem disk;
  const Store store{.path = "/store", .uuid = {}, .links = true, .created = false};
  REQUIRE(make_directories(disk, layout::staging(store.path), 0700));
  REQUIRE(make_directories(disk, layout::snapshots(store.path), 0700));
  const auto held = make_staging(disk, "/store/staging/run");
  REQUIRE(held);
  const auto again = make_staging(disk, "/store/staging/run");
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::Busy);
  REQUIRE(write_new_file(disk, "/store/staging/foreign", "x", 0600));
  CHECK(recover_stagings(disk, store).value() == 0);
  CHECK(exists(disk, "/store/staging/run"));
  CHECK(exists(disk, "/store/staging/foreign"));
}

TEST_CASE("a lock that cannot be opened is an error and not a free one") {
  Bench bench;
  fs::remove_all(bench.store.path + "/locks");
  const auto lock = lock_policy(bench.store, "policy", "host1", {"run", "now"});
  REQUIRE_FALSE(lock);
  CHECK(lock.error().kind != ErrorKind::Busy);
  CHECK(lock_holder(bench.store, "policy", "host1").empty());
}

TEST_CASE("records that are written at the same time all stay, under numbers of their own") {
  TwoStores stores;
  constexpr int kEach = 40;
  const auto write = [&] {
    for (int i = 0; i < kEach; ++i)
      CHECK(write_record(stores.bench.real, stores.bench.store, stores.id, "probe", "{}"));
  };
  {
    const std::jthread one(write);
    const std::jthread two(write);
  }
  CHECK(read_records(stores.bench.real, stores.bench.store, stores.id, "probe")->size() ==
        2 * kEach);
}

TEST_CASE(
    "a part of another size, with other bytes or other content is found when it is read back") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  write_text(directory / "part", "bytes");
  PartRecord right{.path = "part", .stored_size = 5};
  right.stored = right.plain = sha256(std::string_view("bytes"));
  REQUIRE(check_part(files, directory.path(), right, ReadFrom::Device));
  const auto refused = [&](const PartRecord& wrong) {
    const auto checked = check_part(files, directory.path(), wrong, ReadFrom::Cache);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::Verification);
    return checked.error().message;
  };
  PartRecord wrong = right;
  wrong.stored_size = 6;
  CHECK(refused(wrong).find("another size") != std::string::npos);
  wrong = right;
  wrong.stored = sha256(std::string_view("other"));
  CHECK(refused(wrong).find("other bytes") != std::string::npos);
  wrong = right;
  wrong.plain = sha256(std::string_view("other"));
  CHECK(refused(wrong).find("something else") != std::string::npos);
}

TEST_CASE("a copy of what is damaged, or one that is interrupted, is never visible") {
  TwoStores stores;
  SECTION("interrupted") {
    std::stop_source stop;
    stop.request_stop();
    const auto copied = stores.copy(stores.id, stop.get_token());
    REQUIRE_FALSE(copied);
    CHECK(copied.error().kind == ErrorKind::Interrupted);
  }
  SECTION("damaged") {
    const std::string path = layout::snapshot(stores.bench.store.path, stores.id) + "/plan.yaml";
    fs::permissions(path, fs::perms::owner_all);
    write_text(path, "another plan\n");
    const auto copied = stores.copy(stores.id);
    REQUIRE_FALSE(copied);
    CHECK(copied.error().kind == ErrorKind::Verification);
  }
  CHECK(stores.nothing_is_visible());
}

TEST_CASE("a copy into a store without hard links is a full one") {
  TwoStores stores;
  stores.second.links = false;
  REQUIRE(error_of(stores.copy(stores.id)).empty());
  const auto next = stores.bench.back_up(stores.bench.files_of(stores.bench.directory / "source"));
  REQUIRE(error_of(next).empty());
  const auto copied = stores.copy(*next);
  REQUIRE(error_of(copied).empty());
  CHECK(copied->linked_bytes == 0);
  CHECK(copied->copied_bytes > 0);
}

TEST_CASE("verifications that share their hashes read a shared part once") {
  Bench bench;
  write_text(bench.directory / "source/a", std::string(100'000, 'a'));
  bench.settle();
  StoredHashes hashes;
  std::uint64_t sum = 0;
  for (int run = 0; run < 2; ++run) {
    const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
    REQUIRE(error_of(id).empty());
    const auto report = verify_snapshot(
        bench.real, bench.store,
        {.snapshot = *id, .level = 1, .components = {}, .proven = {}, .hashes = &hashes}, {});
    REQUIRE(error_of(report).empty());
    CHECK(report->intact());
    sum += report->stored_bytes;
  }
  CHECK(hashes.bytes() < sum);
  CHECK(verify_snapshot(bench.real, bench.store,
                        {.snapshot = "00000009-absent", .level = 1, .components = {}}, {})
            .error()
            .kind == ErrorKind::NotFound);
}

TEST_CASE("what level 2 hashes while it decodes is what level 1 hashes") {
  Bench bench;
  write_text(bench.directory / "source/small", std::string(3'000'000, 'a'));
  write_text(bench.directory / "source/large", std::string(70'000'000, 'b'));
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(id).empty());
  const auto verified = [&](int level, StoredHashes& hashes) {
    return verify_snapshot(
        bench.real, bench.store,
        {.snapshot = *id, .level = level, .components = {}, .proven = {}, .hashes = &hashes}, {});
  };
  StoredHashes first;
  StoredHashes second;
  const auto shallow = verified(1, first);
  const auto deep = verified(2, second);
  REQUIRE(error_of(shallow).empty());
  REQUIRE(error_of(deep).empty());
  CHECK(deep->problems.empty());
  CHECK(deep->level == 2);
  CHECK(deep->stored_bytes == shallow->stored_bytes);
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(bench.store.path)) {
    if (!file.is_regular_file() || file.path().string().find("/data/") == std::string::npos)
      continue;
    const auto status = bench.real.status(file.path().string());
    REQUIRE(status);
    REQUIRE(second.knows(*status));
    CHECK(second.of(bench.real, file.path().string())->sha256 ==
          first.of(bench.real, file.path().string())->sha256);
    ++seen;
  }
  CHECK(seen >= 4);
}

TEST_CASE("a component that is complete takes nothing more") {
  Bench bench;
  write_text(bench.directory / "source/a", "content");
  const auto lock = lock_policy(bench.store, "policy", "host1", {"run", "now"});
  REQUIRE(error_of(lock).empty());
  const auto staging = bench.begin();
  REQUIRE(error_of(staging).empty());
  REQUIRE((*staging)->complete("app.files", "files", "/", {"{}"}));
  CHECK((*staging)->open_stream("app.files", "rows").error().kind == ErrorKind::Usage);
  StepContext context = bench.context(staging->get());
  const auto archived =
      (*staging)->archive_files(bench.files_of(bench.directory / "source"), context);
  REQUIRE_FALSE(archived);
  CHECK(archived.error().kind == ErrorKind::Usage);
}

TEST_CASE("the order of a restore names every component of every step") {
  plan::Backup backup;
  backup.restore.resize(4);
  plan::RestoreMariadb mariadb;
  mariadb.accounts_component = "db.accounts";
  mariadb.databases.resize(1);
  mariadb.databases[0].component = "app.db";
  plan::RestorePostgresql postgresql;
  postgresql.all_component = "pg.all";
  backup.restore[0].action =
      plan::RestoreFiles{.component = "app.files", .path = {}, .except = {}, .keep = {}};
  backup.restore[1].action = plan::RestoreSqlite{.component = "app.lite", .path = {}};
  backup.restore[2].action = mariadb;
  backup.restore[3].action = postgresql;
  CHECK(restore_order(backup) ==
        std::vector<std::string>{"app.files", "app.lite", "db.accounts", "app.db", "pg.all"});
}

}  // namespace backstay::runtime::testing
