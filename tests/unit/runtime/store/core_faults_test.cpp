// The store when the world around it fails or was tampered with: whatever call fails, the answer is
// an error that says where, nothing damaged becomes visible, and the next try succeeds.
#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>

#include "lang/base/sha256.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "runtime/system/descriptors.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/simulated_filesystem.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::SimulatedFilesystem;

const Directories kDirectories{"/etc/backstay", "/var/lib/backstay", "/run/backstay"};

void overwrite(const std::string& path) {
  fs::permissions(path, fs::perms::owner_all);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  char first = 0;
  file.get(first);
  file.seekp(0);
  file.put(static_cast<char>(first ^ 1));
}

/// The one part of a component that ends so.
std::string only_file(const std::string& component, const std::string& suffix) {
  std::string found;
  for (const auto& entry : fs::directory_iterator(component)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(suffix) && !name.starts_with("meta.")) {
      REQUIRE(found.empty());
      found = entry.path().string();
    }
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

Result<void> write_stream(Staging& staging, const std::string& component, const std::string& text) {
  BACKSTAY_ASSIGN(const auto stream, staging.open_stream(component, "rows.sql"));
  BACKSTAY_TRY(stream->write(std::as_bytes(std::span(text))));
  BACKSTAY_TRY(stream->finish());
  return staging.complete(component, "dump", "/", {"{}"});
}

Manifest rich_manifest() {
  Manifest manifest;
  manifest.id = "00000002-20260101T000000Z-policy-host1-00";
  manifest.sequence = 2;
  manifest.policy = "policy";
  manifest.partial = manifest.keep_current = true;
  manifest.previous = "00000001-x";
  manifest.previous_manifest = std::string(64, 'a');
  manifest.components.push_back(
      {.name = "app", .kind = "files", .facts = R"({"a":1})", .streams = {}});
  manifest.components[0].streams.push_back({"rows.sql", 3, sha256(std::string_view("abc"))});
  manifest.units.push_back({"nova.service", "active", "enabled", "nova"});
  manifest.failed = {"lost"};
  manifest.seal.name = "offsite";
  manifest.seal.recipients = {"age1example"};
  manifest.sealed_copy = true;
  return manifest;
}

}  // namespace

TEST_CASE("a store whose making failed at any call is made by the next try") {
  for (int kind = 0; kind < test::kFileCalls; ++kind) {
    const auto call = static_cast<FileCall>(kind);
    bool failed = true;
    for (std::uint64_t nth = 1; failed; ++nth) {
      INFO(test::name_of(call) << " " << nth);
      SimulatedFilesystem disk;
      FaultyFilesystem faulty(disk);
      faulty.fail(call, nth, EIO);
      const auto first = init_store(faulty, kDirectories, "/backup/store", "local");
      failed = faulty.count(call) >= nth;
      CHECK((first.has_value() || !first.error().message.empty()));
      const auto second = init_store(disk, kDirectories, "/backup/store", "local");
      REQUIRE(error_of(second).empty());
      if (first)
        CHECK(second->uuid == first->uuid);
      // Reported, so it is there whatever was not synced is lost.
      disk.cut_power();
      CHECK(error_of(init_store(disk, kDirectories, "/backup/store", "local")).empty());
      plan::Target target;
      target.name = "local";
      target.path = "/backup/store";
      const auto opened = open_store(disk, target, kDirectories);
      REQUIRE(error_of(opened).empty());
      CHECK(opened->uuid == second->uuid);
    }
  }
}

TEST_CASE("a registration that cannot be read is not taken for an absent one") {
  SimulatedFilesystem disk;
  FaultyFilesystem faulty(disk);
  REQUIRE(init_store(disk, kDirectories, "/store", "local"));
  plan::Target target;
  target.name = "local";
  target.path = "/store";
  faulty.fail(FileCall::OpenRead, 2, EIO);
  const auto opened = open_store(faulty, target, kDirectories);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::Io);
}

TEST_CASE(
    "a sequence goes on above what others and broken snapshots have, but follows only its own") {
  SimulatedFilesystem disk;
  const Store store{.path = "/store", .uuid = "u", .links = true, .created = false};
  REQUIRE(make_directories(disk, "/store/snapshots", 0700));
  Manifest own;
  own.policy = "a";
  own.host = "b-c";
  const auto place = [&](const std::string& id, const std::string& manifest) {
    REQUIRE(make_directories(disk, layout::snapshot("/store", id), 0700));
    if (!manifest.empty())
      REQUIRE(
          write_new_file(disk, layout::snapshot("/store", id) + "/manifest.json", manifest, 0400));
  };
  place("00000003-t-a-b-c-1", to_json(own));
  place("00000005-t-a-b-c-2", "{}");
  place("00000006-t-a-b-c-3", "");
  place("foreign-a-b-c-4", to_json(own));
  Manifest other = own;
  other.policy = "a-b";
  other.host = "c";
  place("00000007-t-a-b-c-5", to_json(other));
  place("00000009-t-other-host-6", "");
  const auto found = find_predecessor(disk, store, "a", "b-c");
  REQUIRE(error_of(found).empty());
  CHECK(found->sequence == 7);
  CHECK(found->id == "00000003-t-a-b-c-1");
  CHECK(found->manifest_digest == to_hex(sha256(to_json(own))));
  CHECK(next_sequence(disk, kDirectories, store, {"a", "b-c"}, found->sequence).value() == 8);
  CHECK(next_sequence(disk, kDirectories, store, {"a", "b-c"}, 0).value() == 9);

  // Copies that a store left elsewhere which is gone.
  CHECK(highest_of({"00000004-t-a-b-c-1", "00000012-t-x-y-2", "foreign-a-b-c-3",
                    "18446744073709551615-t-a-b-c-4"},
                   {"a", "b-c"}) == 4);
  CHECK_FALSE(number_above(disk, kDirectories, store, {"a", "b-c"}, 9).value());
  CHECK(number_above(disk, kDirectories, store, {"a", "b-c"}, 40).value());
  CHECK(next_sequence(disk, kDirectories, store, {"a", "b-c"}, 9).value() == 41);

  FaultyFilesystem faulty(disk);
  faulty.fail(FileCall::OpenRead, 1, EIO);
  const auto unread = next_sequence(faulty, kDirectories, store, {"a", "b-c"}, 0);
  REQUIRE_FALSE(unread);
  CHECK(unread.error().kind == ErrorKind::Io);
}

TEST_CASE("a manifest comes back as it was, with everything that it can hold") {
  const std::string text = to_json(rich_manifest());
  const auto parsed = parse_manifest(text, "manifest.json");
  REQUIRE(error_of(parsed).empty());
  CHECK(to_json(*parsed) == text);
  CHECK(parsed->keep_current);
  CHECK(parsed->units.at(0).owner == "nova");

  const Manifest clear = without_details(*parsed);
  CHECK(to_json(clear).find("rows.sql") == std::string::npos);
  CHECK(to_json(clear).find("nova.service") == std::string::npos);
  CHECK(to_json(with_details(clear, *parsed).value()) == text);
}

TEST_CASE("details of another snapshot are refused") {
  const Manifest clear = without_details(rich_manifest());
  const auto refused = [&](const Manifest& details) {
    const auto whole = with_details(clear, details);
    return !whole && whole.error().kind == ErrorKind::Verification;
  };
  Manifest details = rich_manifest();
  details.id += "x";
  CHECK(refused(details));
  details = rich_manifest();
  details.components.clear();
  CHECK(refused(details));
  for (const auto& edit : std::vector<std::function<void(ManifestComponent&)>>{
           [](ManifestComponent& one) { one.name = "other"; },
           [](ManifestComponent& one) { one.kind = "dump"; },
           [](ManifestComponent& one) { ++one.entries; },
           [](ManifestComponent& one) { ++one.plain_bytes; }}) {
    details = rich_manifest();
    edit(details.components[0]);
    CHECK(refused(details));
  }
}

TEST_CASE("a link in the place of a lock is not followed, and a nameless holder is still one") {
  Bench bench;
  const std::string lock = bench.store.path + "/locks/policy@host1";
  SECTION("a link") {
    write_text(bench.directory / "other", "keep");
    fs::create_symlink(bench.directory / "other", lock);
    const auto locked = lock_policy(bench.store, "policy", "host1", {"run", "now"});
    REQUIRE_FALSE(locked);
    CHECK(locked.error().kind != ErrorKind::Busy);
    CHECK(read_text(bench.directory / "other") == "keep");
    CHECK(lock_holder(bench.store, "policy", "host1").empty());
  }
  SECTION("somebody who wrote nothing") {
    const Descriptor held(open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    REQUIRE(flock(held.get(), LOCK_EX) == 0);
    const auto locked = lock_policy(bench.store, "policy", "host1", {"run", "now"});
    REQUIRE_FALSE(locked);
    CHECK(locked.error().kind == ErrorKind::Busy);
    CHECK(locked.error().message.find("an unknown process") != std::string::npos);
    CHECK(lock_holder(bench.store, "policy", "host1") == "an unknown process");
  }
}

TEST_CASE("a record that cannot get its name leaves nothing, and one that cannot be read is told") {
  SimulatedFilesystem disk;
  FaultyFilesystem faulty(disk);
  const Store store{.path = "/store", .uuid = "u", .links = true, .created = false};
  REQUIRE(make_directories(disk, "/store/records", 0700));
  faulty.fail(FileCall::Rename, 1, EIO);
  CHECK_FALSE(write_record(faulty, store, "00000001-x", "probe", "{}"));
  CHECK(disk.list("/store/records/00000001-x")->empty());
  REQUIRE(write_record(faulty, store, "00000001-x", "probe", R"({"a":1})"));
  CHECK(read_records(disk, store, "00000001-x", "probe").value() ==
        std::vector<std::string>{"{\"a\":1}\n"});
  faulty.fail(FileCall::Status, 1, EIO);
  CHECK_FALSE(read_records(faulty, store, "00000001-x", "probe"));
  faulty.fail(FileCall::OpenRead, 1, EIO);
  CHECK_FALSE(read_records(faulty, store, "00000001-x", "probe"));
  CHECK_FALSE(write_record(disk, store, "../x", "probe", "{}"));
  CHECK_FALSE(write_record(disk, store, "00000001-x", "probe", "no JSON"));
}

TEST_CASE("a component whose directory cannot be made is named as failed, the others are kept") {
  RealFilesystem real;
  FaultyFilesystem faulty(real);
  Bench bench(&faulty);
  const auto staging = bench.begin();
  REQUIRE(error_of(staging).empty());
  REQUIRE(error_of(write_stream(**staging, "app.db", "rows")).empty());
  faulty.fail(FileCall::MakeDirectory, 1, EIO);
  CHECK_FALSE((*staging)->open_stream("lost", "rows.sql"));
  faulty.fail(FileCall::MakeDirectory, 1, EIO);
  (*staging)->fail("lost", "no directory");
  CHECK((*staging)->completeness() == Completeness::Partial);
  const auto id = (*staging)->commit();
  REQUIRE(error_of(id).empty());
  const auto manifest = parse_manifest(
      read_text(layout::snapshot(bench.store.path, *id) + "/manifest.json"), "manifest.json");
  REQUIRE(error_of(manifest).empty());
  CHECK(manifest->partial);
  CHECK(manifest->failed == std::vector<std::string>{"lost"});
  CHECK(bench.verify(*id, 2)->intact());
}

TEST_CASE(
    "a part that changed between its writing and the commit is found, and nothing is visible") {
  Bench bench;
  {
    const auto staging = bench.begin();
    REQUIRE(error_of(staging).empty());
    REQUIRE(error_of(write_stream(**staging, "app.db", "rows")).empty());
    overwrite(only_file(bench.store.path + "/staging/" + bench.run_id + "/data/app.db", ".zst"));
    const auto id = (*staging)->commit();
    REQUIRE_FALSE(id);
    CHECK(id.error().kind == ErrorKind::Verification);
    CHECK(to_string(id.error()).find("reading back `app.db`") != std::string::npos);
  }
  CHECK(fs::is_empty(bench.store.path + "/snapshots"));
  CHECK(fs::is_empty(bench.store.path + "/staging"));
}

TEST_CASE("a snapshot that a killed run left writable is closed by the next one") {
  Bench bench;
  write_text(bench.directory / "source/a", "content");
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(id).empty());
  const std::string path = layout::snapshot(bench.store.path, *id);
  fs::permissions(path, fs::perms::owner_all);
  fs::create_directory(bench.store.path + "/snapshots/foreign");
  const auto mode_of_foreign = fs::status(bench.store.path + "/snapshots/foreign").permissions();
  REQUIRE(error_of(bench.back_up(bench.files_of(bench.directory / "source"))).empty());
  CHECK(fs::status(path).permissions() == fs::perms(0500));
  CHECK(fs::status(bench.store.path + "/snapshots/foreign").permissions() == mode_of_foreign);
}

TEST_CASE("a copy never builds upon what is damaged in its own store") {
  Bench bench;
  write_text(bench.directory / "source/a", std::string(100'000, 'a'));
  bench.settle();
  const auto first = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(first).empty());
  const auto made =
      init_store(bench.real, bench.world->directories, bench.directory / "second", "second");
  REQUIRE(error_of(made).empty());
  const auto copy = [&](const std::string& id) {
    return copy_snapshot(bench.real, bench.store, *made,
                         {.snapshot = id, .policy = "policy", .host = "host1"},
                         [](std::uint64_t) {}, {});
  };
  REQUIRE(error_of(copy(*first)).empty());
  const auto second = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE(error_of(second).empty());
  const std::string held = layout::snapshot(made->path, *first);
  SECTION("a part that it would link") {
    overwrite(only_file(held + "/data/app.files", ".tar.zst").c_str());
    const auto copied = copy(*second);
    REQUIRE(error_of(copied).empty());
    CHECK(copied->renewed.size() == 1);
    CHECK(
        verify_snapshot(bench.real, *made, {.snapshot = *second, .level = 2, .components = {}}, {})
            ->intact());
    CHECK_FALSE(
        verify_snapshot(bench.real, *made, {.snapshot = *first, .level = 1, .components = {}}, {})
            ->intact());
  }
  SECTION("sums that say nothing: nothing is linked") {
    fs::permissions(held, fs::perms::owner_all);
    fs::permissions(held + "/SHA256SUMS", fs::perms::owner_all);
    write_text(held + "/SHA256SUMS", "no sums\n");
    const auto copied = copy(*second);
    REQUIRE(error_of(copied).empty());
    CHECK(copied->linked_bytes == 0);
    CHECK(
        verify_snapshot(bench.real, *made, {.snapshot = *second, .level = 2, .components = {}}, {})
            ->intact());
  }
}

}  // namespace backstay::runtime::testing
