#include <algorithm>
#include <functional>
#include <set>

#include "tests/unit/runtime/target/cloud_fixture.hpp"
#include "tests/unit/runtime/target/contract.hpp"

using namespace backstay;
using namespace backstay::test;
using namespace backstay::runtime;

namespace {

const std::map<std::string, std::string> kFirst = {
    {"a.zst", std::string(70000, 'a')}, {"b.zst", "b"}, {"same.zst", "b"}};
const std::map<std::string, std::string> kSecond = {
    {"a.zst", std::string(70000, 'a')}, {"b.zst", "b"}, {"c.zst", "new"}};

const CopyWriter kWriter{.policy = "p", .host = "h"};

Removal removal_of(const Copy& copy) {
  return {.writer = kWriter,
          .backup = "nightly",
          .target = "offsite",
          .snapshot = copy.upload.snapshot,
          .because = {"no rule keeps it"},
          .decision = "0a0b0c0d0e0f"};
}

void check_journey(CloudFixture& fixture, TargetDriver& driver, bool shares) {
  REQUIRE_FALSE(driver.identity(fixture.stop));
  CHECK(driver.identity(fixture.stop).error().kind == ErrorKind::NotFound);
  const auto made = driver.init(fixture.stop);
  INFO((made ? std::string() : to_string(made.error())));
  REQUIRE(made);
  if (fixture.target.kind == "restic")
    fixture.lighten_restic();
  CHECK(made->uuid.size() == 36);
  CHECK(driver.init(fixture.stop)->uuid == made->uuid);
  CHECK(driver.identity(fixture.stop)->uuid == made->uuid);
  CHECK(driver.list(fixture.stop)->empty());

  const Copy first = fixture.copy(1, kFirst);
  CHECK(fixture.move(driver, first).size() == 4);
  CHECK(fixture.move(driver, first).empty());
  CHECK(driver.list(fixture.stop)->empty());
  CHECK_FALSE(fixture.comes_back(driver, first));
  CHECK(fixture.proven(driver, first));
  REQUIRE(driver.commit(first.upload, fixture.stop));
  CHECK(*driver.list(fixture.stop) == std::vector{first.upload.snapshot});
  CHECK(fixture.comes_back(driver, first));

  const Copy second = fixture.copy(2, kSecond);
  const auto missing = fixture.move(driver, second);
  if (shares)
    CHECK(missing == std::set<std::string>{"data/c/c.zst", "plan.yaml"});
  CHECK(fixture.proven(driver, second));
  REQUIRE(driver.commit(second.upload, fixture.stop));
  CHECK(driver.list(fixture.stop)->size() == 2);
  CHECK(fixture.comes_back(driver, first));
  CHECK(fixture.comes_back(driver, second));

  const TemporaryDirectory back;
  REQUIRE(driver.get(first.upload.snapshot, {}, back.path(), fixture.stop));
  CHECK(slurp(back / "manifest.json") == first.files.at("manifest.json"));
  CHECK(slurp(back / "SHA256SUMS") == first.files.at("SHA256SUMS"));
  const auto absent =
      driver.get(first.upload.snapshot, {"data/c/none.zst"}, back.path(), fixture.stop);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().kind == ErrorKind::NotFound);
  REQUIRE(
      driver.manifests({first.upload.snapshot, second.upload.snapshot}, back.path(), fixture.stop));
  CHECK(slurp(back / (second.upload.snapshot + "/manifest.json")) ==
        second.files.at("manifest.json"));
}

void check_lying_source(CloudFixture& fixture, TargetDriver& driver) {
  REQUIRE(driver.init(fixture.stop));
  const Copy copy = fixture.copy(1, kFirst);
  spill(copy.upload.artefacts.front().from, std::string(70000, 'x'));
  const auto missing = driver.prepare(copy.upload, fixture.stop);
  REQUIRE(missing);
  const auto moved = driver.put(
      copy.upload, copy.upload.artefacts, [](std::uint64_t) {}, fixture.stop);
  REQUIRE_FALSE(moved);
  CHECK(moved.error().kind == ErrorKind::Verification);
  CHECK(driver.list(fixture.stop)->empty());
}

// The file of an object of the local remote.
std::string object(const CloudFixture& fixture, const std::string& text) {
  return fixture.directory / ("there/store/p@h/parts/" + to_hex(sha256(text)));
}

}  // namespace

TEST_CASE("rclone: copies go up, are proven, listed and come back, and share what is equal") {
  CloudFixture fixture;
  const auto driver = fixture.rclone();
  check_journey(fixture, *driver, true);
  CHECK(std::filesystem::exists(object(fixture, "new")));
}

TEST_CASE("rclone: a remote without hashes is read back") {
  CloudFixture fixture;
  const auto driver = fixture.rclone("closed:store");
  check_journey(fixture, *driver, true);
  const Copy third = fixture.copy(3, kSecond);
  fixture.move(*driver, third);
  CHECK(driver->prove(third.upload, fixture.stop)->how == "read back");
}

TEST_CASE("rclone: what is broken there is found and mended") {
  CloudFixture fixture;
  const auto driver = fixture.rclone();
  REQUIRE(driver->init(fixture.stop));
  const Copy first = fixture.copy(1, kFirst);
  fixture.send(*driver, first);
  const Copy second = fixture.copy(2, kSecond);
  const auto break_it = GENERATE(as<std::string>{}, "other bytes", "cut", "gone");
  const std::string part = object(fixture, kFirst.at("a.zst"));
  if (break_it == "other bytes")
    spill(part, std::string(70000, 'x'));
  if (break_it == "cut")
    spill(part, "aaa");
  if (break_it == "gone")
    std::filesystem::remove(part);
  CAPTURE(break_it);
  fixture.move(*driver, second);
  if (break_it == "other bytes") {
    CHECK_FALSE(fixture.proven(*driver, second));
    CHECK(fixture.move(*driver, second).contains("data/c/a.zst"));
  }
  CHECK(fixture.proven(*driver, second));
  REQUIRE(driver->commit(second.upload, fixture.stop));
  CHECK(fixture.comes_back(*driver, second));
  CHECK(fixture.comes_back(*driver, first));
}

TEST_CASE("rclone: another snapshot of the same name is not replaced") {
  CloudFixture fixture;
  const auto driver = fixture.rclone();
  REQUIRE(driver->init(fixture.stop));
  const Copy first = fixture.copy(1, kFirst);
  fixture.send(*driver, first);
  const std::string there =
      fixture.directory / ("there/store/p@h/snapshots/" + first.upload.snapshot + "/manifest.json");
  spill(there, "another");
  const auto done = driver->commit(first.upload, fixture.stop);
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::Refused);
  CHECK(slurp(there) == "another");
}

TEST_CASE("rclone: a place that holds something else is not taken") {
  CloudFixture fixture;
  const auto driver = fixture.rclone();
  spill(fixture.directory / "there/store/other", "somebody's");
  const auto made = driver->init(fixture.stop);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::Refused);
}

TEST_CASE("rclone: removal marks, waits, lists again and deletes") {
  CloudFixture fixture;
  const auto driver = fixture.rclone();
  REQUIRE(driver->init(fixture.stop));
  const Copy first = fixture.copy(1, kFirst);
  const Copy second = fixture.copy(2, kSecond);
  fixture.send(*driver, first);
  fixture.send(*driver, second);
  REQUIRE(driver->mark_removed(removal_of(second), fixture.stop));
  CHECK(*driver->list(fixture.stop) == std::vector{first.upload.snapshot});
  const auto hours_ago = [&](int hours) {
    return Sweep{.writer = kWriter,
                 .snapshots = {second.upload.snapshot},
                 .marked_before = fixture.clock.now() - std::chrono::hours(hours)};
  };
  REQUIRE(driver->sweep(hours_ago(1), fixture.stop));  // marks the parts
  CHECK(std::filesystem::exists(object(fixture, "new")));
  fixture.clock.advance(std::chrono::hours(2));
  SECTION("what nobody needs goes, and nothing else") {
    REQUIRE(driver->sweep(hours_ago(1), fixture.stop));
    CHECK_FALSE(std::filesystem::exists(object(fixture, "new")));
    const std::string gone = "there/store/p@h/snapshots/" + second.upload.snapshot + "/";
    for (const char* file : {"manifest.json", "SHA256SUMS", "plan.yaml"})
      CHECK_FALSE(std::filesystem::exists(fixture.directory / (gone + file)));
    CHECK(fixture.comes_back(*driver, first));
  }
  SECTION("what nobody named stays whole, its parts too, and comes back") {
    const Sweep others{.writer = kWriter,
                       .snapshots = {},
                       .marked_before = fixture.clock.now() - std::chrono::hours(1)};
    CHECK(driver->sweep(others, fixture.stop)->empty());
    CHECK(std::filesystem::exists(object(fixture, "new")));
    REQUIRE(driver->removed(kWriter, fixture.stop)->size() == 1);
    CHECK_FALSE(driver->bring_back({"p", "other"}, second.upload.snapshot, fixture.stop));
    REQUIRE(driver->bring_back(kWriter, second.upload.snapshot, fixture.stop));
    CHECK(driver->list(fixture.stop)->size() == 2);
    CHECK(fixture.comes_back(*driver, second));
    CHECK_FALSE(driver->bring_back(kWriter, second.upload.snapshot, fixture.stop));
  }
  SECTION("another writer's copy is not marked") {
    Removal foreign = removal_of(first);
    foreign.writer.host = "other";
    const auto marked = driver->mark_removed(foreign, fixture.stop);
    REQUIRE_FALSE(marked);
    CHECK(marked.error().kind == ErrorKind::Refused);
  }
  SECTION("what a new copy needs is moved anew, and stays") {
    const Copy third = fixture.copy(3, kSecond);
    CHECK(fixture.move(*driver, third).contains("data/c/c.zst"));
    const auto sweeper = fixture.rclone();
    REQUIRE(sweeper->sweep(hours_ago(1), fixture.stop));
    CHECK(fixture.proven(*driver, third));
    REQUIRE(driver->commit(third.upload, fixture.stop));
    fixture.clock.advance(std::chrono::hours(2));
    REQUIRE(sweeper->sweep(hours_ago(1), fixture.stop));
    CHECK(fixture.comes_back(*driver, third));
  }
  SECTION("one manifest that cannot be read stops all of it") {
    spill(fixture.directory /
              ("there/store/p@h/snapshots/" + first.upload.snapshot + "/manifest.json"),
          "{");
    const auto swept = driver->sweep(hours_ago(1), fixture.stop);
    REQUIRE_FALSE(swept);
    CHECK(swept.error().kind == ErrorKind::Verification);
    CHECK(std::filesystem::exists(object(fixture, "new")));
  }
}

TEST_CASE("a source that is not what its sum says is not sent") {
  CloudFixture fixture;
  const auto driver = GENERATE(0, 1) == 0 ? fixture.rclone() : fixture.restic();
  check_lying_source(fixture, *driver);
}

TEST_CASE("restic: copies go up, are proven, listed and come back") {
  CloudFixture fixture;
  const auto driver = fixture.restic();
  check_journey(fixture, *driver, false);
}

TEST_CASE("restic: removal marks, waits and forgets") {
  CloudFixture fixture;
  const auto driver = fixture.restic();
  REQUIRE(driver->init(fixture.stop));
  fixture.lighten_restic();
  const Copy first = fixture.copy(1, kFirst);
  const Copy second = fixture.copy(2, kSecond);
  fixture.send(*driver, first);
  fixture.send(*driver, second);
  REQUIRE(driver->mark_removed(removal_of(first), fixture.stop));
  CHECK(*driver->list(fixture.stop) == std::vector{second.upload.snapshot});
  fixture.clock.advance(std::chrono::hours(2));
  const auto hour_ago = [&](const std::set<std::string>& snapshots) {
    return Sweep{.writer = kWriter,
                 .snapshots = snapshots,
                 .marked_before = fixture.clock.now() - std::chrono::hours(1)};
  };
  REQUIRE(driver->removed(kWriter, fixture.stop)->size() == 1);
  CHECK(driver->removed({"p", "other"}, fixture.stop)->empty());
  SECTION("what was marked long ago and is named goes") {
    const auto gone = driver->sweep(hour_ago({first.upload.snapshot}), fixture.stop);
    REQUIRE(gone);
    CHECK(*gone == std::vector{first.upload.snapshot});
    CHECK(fixture.comes_back(*driver, second));
    CHECK_FALSE(fixture.comes_back(*driver, first));
    CHECK(driver->removed(kWriter, fixture.stop)->empty());
  }
  SECTION("what is not named stays") {
    CHECK(driver->sweep(hour_ago({}), fixture.stop)->empty());
    CHECK(driver->removed(kWriter, fixture.stop)->size() == 1);
  }
  SECTION("it comes back whole") {
    REQUIRE(driver->bring_back(kWriter, first.upload.snapshot, fixture.stop));
    CHECK(driver->list(fixture.stop)->size() == 2);
    CHECK(fixture.comes_back(*driver, first));
    CHECK(driver->sweep(hour_ago({first.upload.snapshot}), fixture.stop)->empty());
    CHECK(fixture.comes_back(*driver, first));
  }
}

TEST_CASE("restic: a wrong password is a matter of the login") {
  CloudFixture fixture;
  REQUIRE(fixture.restic()->init(fixture.stop));
  spill(fixture.directory / "password", "another\n");
  const auto identity = fixture.restic()->identity(fixture.stop);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().kind == ErrorKind::Credentials);
}

TEST_CASE("rclone's words are told apart") {
  const auto kind_of = [](const std::string& said) {
    return rclone_failure("`r:`", Exit{.code = 1, .errors = said}).kind;
  };
  CHECK(kind_of("2026/11/22 17:29:28 Failed to create file system for \"r:\": Authorization "
                "Failed\n") == ErrorKind::Credentials);
  CHECK(kind_of("HTTP Error: 507: 507 Insufficient Storage") == ErrorKind::NoSpace);
  CHECK(kind_of("HTTP Error: 413: 413 Request Entity Too Large") == ErrorKind::NoSpace);
  CHECK(kind_of("AccessDenied: Access Denied\n\tstatus code: 403, request id: tx507") ==
        ErrorKind::Credentials);
  CHECK(kind_of("read tcp 1.2.3.4:5: i/o timeout") == ErrorKind::Timeout);
  CHECK(kind_of("connection refused") == ErrorKind::Io);
  const Error told = rclone_failure(
      "`r:`", Exit{.code = 1,
                   .errors = "2026/11/22 17:29:22 ERROR : x: Failed to copy: why\n"
                             "2026/11/22 17:29:23 Unsolicited response received on idle\n"});
  CHECK(told.message == "rclone could not reach or use `r:`: ERROR : x: Failed to copy: why");
  const Error full = rclone_failure(
      "`r:`", Exit{.code = 1,
                   .errors = "2026/11/22 17:29:22 ERROR : x: Failed to copy: preallocate: file too "
                             "big for remaining disk space\n"
                             "2026/11/22 17:29:23 ERROR : Attempt 1/3 failed with 1 errors\n"
                             "2026/11/22 17:29:24 ERROR : x: immutable file modified\n"});
  CHECK(full.kind == ErrorKind::NoSpace);
  CHECK(full.message.ends_with("too big for remaining disk space"));
}

TEST_CASE("rclone keeps the contract of all targets") {
  CloudFixture fixture;
  testing::check_target_contract(
      {.open = [&](World& world) { return fixture.rclone("bucket:store", world); },
       .every_lie = false});
}

TEST_CASE("restic keeps the contract of all targets") {
  CloudFixture fixture;
  testing::check_target_contract({.open = [&](World& world) { return fixture.restic(world); },
                                  .made = [&] { fixture.lighten_restic(); },
                                  .resumes = false,
                                  .shares = false,
                                  .every_lie = false});
}
