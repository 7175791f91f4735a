// The catalogue behind commands: it follows what stores and reports say, and never costs them
// anything.
#include "runtime/catalogue/keep.hpp"

#include <sys/stat.h>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/database/sqlite_session.hpp"
#include "tests/unit/runtime/catalogue/history.hpp"

namespace backstay::runtime::testing {
namespace {

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST_CASE("behind a run the catalogue has its report, its snapshot and the call", "[catalogue]") {
  History history;
  const std::string id = history.back_up();
  CatalogueUpdate request = history.request();
  request.attempt =
      CatalogueAttempt{.at = "2026-11-22T00:00:00Z", .what = "backup", .outcome = "ran"};
  CHECK(keep_catalogue(history.world(), request).empty());
  Catalogue catalogue = history.catalogue();
  const auto runs = catalogue.runs({});
  REQUIRE(runs);
  REQUIRE(runs->size() == 1);
  CHECK(runs->front().source == RunSource::Report);
  CHECK(runs->front().snapshot == id);
  CHECK(runs->front().steps.size() == 1);
  const auto snapshots = catalogue.snapshots({});
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 1);
  CHECK(snapshots->front().id == id);
  CHECK(snapshots->front().state() == "stored");
  CHECK(snapshots->front().components.size() == 1);
  CHECK(snapshots->front().plain_bytes > 0);
  CHECK(catalogue.attempts({})->size() == 1);
  CHECK(catalogue.stores()->front().place == history.store().path);
}

TEST_CASE("what is put on record about an old snapshot is seen by the next command",
          "[catalogue]") {
  History history;
  const std::string id = history.back_up();
  history.keep();
  history.verify(id, true);
  history.drill(id);
  history.hold(id);
  history.keep();
  const auto one = history.catalogue().snapshots({})->front();
  CHECK(one.state() == "drilled");
  REQUIRE(one.drills.size() == 1);
  CHECK(one.drills.front().services ==
        std::vector{std::pair(std::string("web"), std::chrono::milliseconds(4200))});
  REQUIRE(one.holds.size() == 1);
  CHECK(one.holds.front().because == "the auditors");
}

TEST_CASE("a snapshot is followed into the trash and out of it", "[catalogue]") {
  History history;
  const std::string id = history.back_up();
  history.keep();
  history.throw_away(id);
  history.keep();
  CHECK(history.catalogue().snapshots({})->front().place == SnapshotPlace::Trash);
  history.reclaim(id);
  history.keep();
  const auto gone = history.catalogue().snapshots({})->front();
  CHECK(gone.place == SnapshotPlace::Gone);
  CHECK(gone.plain_bytes > 0);
  REQUIRE(gone.tombstones.size() == 1);
  CHECK(gone.tombstones.front().because == std::vector<std::string>{"no rule keeps it"});
}

TEST_CASE("a damaged catalogue is set aside and made anew", "[catalogue]") {
  History history;
  const std::string id = history.back_up();
  history.keep();
  write_bytes(history.path(), std::string(4096, 'x'));
  const auto warnings = keep_catalogue(history.world(), history.request());
  REQUIRE(warnings.size() == 1);
  CHECK(warnings.front().find("set aside as") != std::string::npos);
  CHECK(history.catalogue().snapshots({})->front().id == id);
  CHECK(history.catalogue().runs({})->size() == 1);
  std::size_t aside = 0;
  for (const auto& entry : fs::directory_iterator(history.world().directories.state)) {
    const std::string name = entry.path().filename();
    aside += name.find(".damaged-") != std::string::npos ? 1 : 0;
  }
  CHECK(aside == 1);
}

TEST_CASE("damage inside the file is found when it is met, and set aside, too", "[catalogue]") {
  History history;
  history.back_up();
  history.keep();
  std::string bytes = read_text(history.path());
  for (std::size_t page = 1; page * 4096 < bytes.size(); ++page)
    bytes.replace(page * 4096, 200, std::string(200, '\xAA'));
  write_bytes(history.path(), bytes);
  history.back_up();
  CHECK(keep_catalogue(history.world(), history.request()).size() == 1);
  CHECK(history.catalogue().snapshots({})->size() == 2);
}

TEST_CASE("what keeps the catalogue from being written is one warning", "[catalogue]") {
  History history;
  history.back_up();
  SECTION("a newer one, which stays") {
    history.keep();
    history.sql("PRAGMA user_version=99");
    const std::string before = read_text(history.path());
    const auto warnings = keep_catalogue(history.world(), history.request());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find("costs the run nothing") != std::string::npos);
    CHECK(warnings.front().find("version 99") != std::string::npos);
    CHECK(read_text(history.path()) == before);
  }
  SECTION("something else in its place") {
    fs::create_directory(history.path());
    CHECK(keep_catalogue(history.world(), history.request()).size() == 1);
  }
  SECTION("a lock of somebody else") {
    history.keep();
    auto holder = SqliteSession::open(history.path(), SqliteSession::Access::ReadWrite,
                                      std::chrono::seconds(1));
    REQUIRE(holder);
    REQUIRE(holder->run("BEGIN EXCLUSIVE"));
    CatalogueUpdate request = history.request();
    request.patience = std::chrono::milliseconds(50);
    const auto warnings = keep_catalogue(history.world(), request);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find("fuser") != std::string::npos);
  }
}

TEST_CASE("a report that cannot be read is left out", "[catalogue]") {
  History history;
  history.back_up();
  write_text(history.world().directories.state + "/runs/20260101T000000Z-00000000.json", "{torn");
  write_text(history.world().directories.state + "/runs/20260102T000000Z-00000000.json",
             R"({"run":"another","steps":5,"components":{"a":[]},"warnings":7})");
  CHECK(keep_catalogue(history.world(), history.request()).empty());
  CHECK(history.catalogue().runs({})->size() == 1);
}

TEST_CASE("a catalogue of version 1 is brought to today's, and read anew", "[catalogue]") {
  History history;
  fs::create_directories(history.world().directories.state);
  fs::copy_file(
      std::string(BACKSTAY_SOURCE_DIR) + "/tests/unit/runtime/catalogue/recorded/version-1.sqlite",
      history.path());
  fs::permissions(history.path(), fs::perms::owner_read | fs::perms::owner_write);
  auto catalogue = Catalogue::open(history.world().files, history.path());
  REQUIRE(error_of(catalogue).empty());
  const auto runs = catalogue->runs({});
  REQUIRE(error_of(runs).empty());
  REQUIRE(runs->size() == 1);
  CHECK(runs->front().id == "20261122T023000Z-0a1b2c3d");
  CHECK(runs->front().steps.size() == 2);
  CHECK(runs->front().steps[1].after == std::vector<std::string>{"check@ctl01"});
  const auto snapshots = catalogue->snapshots({});
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 1);
  CHECK(snapshots->front().components.size() == 1);
  CHECK(snapshots->front().records == 0);
  CHECK(catalogue->attempts({})->empty());
}

}  // namespace
}  // namespace backstay::runtime::testing
