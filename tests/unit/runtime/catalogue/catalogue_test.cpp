// The catalogue's file: what is put in comes back, and what is wrong with the file is told.
#include "runtime/catalogue/catalogue.hpp"

#include <fstream>
#include <thread>

#include <sys/stat.h>

#include "runtime/catalogue/catalogue_schema.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/runtime/catalogue/sample_rows.hpp"

namespace backstay::runtime {
namespace {

using test::TemporaryDirectory;
using testing::sample_run;
using testing::sample_snapshot;

class CatalogueFile {
 public:
  Result<Catalogue> open(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    return Catalogue::open(files, path, patience);
  }

  Catalogue opened() {
    auto catalogue = open();
    INFO((catalogue ? std::string() : to_string(catalogue.error())));
    REQUIRE(catalogue);
    return std::move(*catalogue);
  }

  template <typename Row>
  void put(const Row& row) {
    Catalogue catalogue = opened();
    REQUIRE(catalogue.begin());
    const auto done = catalogue.put(row);
    INFO((done ? std::string() : to_string(done.error())));
    REQUIRE(done);
    REQUIRE(catalogue.commit());
  }

  void write(const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  [[nodiscard]] std::string bytes() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Another program's statements.
  void run(const std::string& statements) {
    auto session =
        SqliteSession::open(path, SqliteSession::Access::ReadWrite, std::chrono::seconds(5));
    REQUIRE(session);
    REQUIRE(session->run(statements));
  }

  TemporaryDirectory directory;
  RealFilesystem files;
  std::string path = Catalogue::path_in(directory.path());
};

TEST_CASE("what is put into the catalogue comes back, to the last field", "[catalogue]") {
  CatalogueFile file;
  file.put(sample_run());
  file.put(sample_snapshot());
  file.put(
      CatalogueStore{.uuid = "u-1", .kind = "directory", .place = "/srv/b", .target = "local"});
  auto catalogue = Catalogue::open_for_reading(file.files, file.path);
  REQUIRE(catalogue);
  const auto runs = catalogue->runs({});
  REQUIRE(runs);
  CHECK(*runs == std::vector{sample_run()});
  const auto snapshots = catalogue->snapshots({});
  REQUIRE(snapshots);
  CHECK(*snapshots == std::vector{sample_snapshot()});
  const auto stores = catalogue->stores();
  REQUIRE(stores);
  REQUIRE(stores->size() == 1);
  CHECK(stores->front().place == "/srv/b");
}

TEST_CASE("the catalogue can be read by its owner alone", "[catalogue]") {
  CatalogueFile file;
  const auto umask_before = ::umask(0);
  file.put(sample_run());
  ::umask(umask_before);

  struct stat status {};

  REQUIRE(::stat(file.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
}

TEST_CASE("a question takes what fits it, and all that hangs on that", "[catalogue]") {
  CatalogueFile file;
  for (const char* day : {"2026-11-01", "2026-11-02", "2026-11-03"}) {
    CatalogueRun run = sample_run();
    run.id = run.started = std::string(day) + "T02:00:00Z";
    file.put(run);
    CatalogueSnapshot snapshot = sample_snapshot();
    snapshot.id = "1-" + std::string(day);
    snapshot.started = run.started;
    snapshot.host = day == std::string("2026-11-02") ? "other" : "ctl01";
    file.put(snapshot);
  }
  Catalogue catalogue = file.opened();
  const auto runs = catalogue.runs({.from = "2026-11-02", .until = "2026-11-03"});
  REQUIRE(runs);
  REQUIRE(runs->size() == 1);
  CHECK(runs->front().id == "2026-11-02T02:00:00Z");
  CHECK(runs->front().steps == sample_run().steps);
  CHECK(catalogue.runs({.what = "restore"})->empty());
  CHECK(catalogue.runs({.policy = "sample"})->size() == 3);
  const auto snapshots = catalogue.snapshots({.host = "other"});
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 1);
  CHECK(snapshots->front().receipts == sample_snapshot().receipts);
  CHECK(catalogue.snapshots({.store = "another"})->empty());
}

TEST_CASE("what a better source said of a run stays", "[catalogue]") {
  CatalogueFile file;
  const CatalogueRun full = sample_run();
  CatalogueRun poor{.id = full.id, .source = RunSource::Manifest, .what = "backup"};
  file.put(poor);
  file.put(full);
  file.put(poor);
  CHECK(file.opened().runs({})->front() == full);
}

TEST_CASE("a snapshot that goes keeps what its manifest said", "[catalogue]") {
  CatalogueFile file;
  file.put(sample_snapshot());
  CatalogueSnapshot gone{.store = sample_snapshot().store, .id = sample_snapshot().id};
  gone.place = SnapshotPlace::Gone;
  gone.known = false;
  gone.tombstones = {{.at = "2026-12-01T00:00:00Z", .because = {"no rule keeps it"}}};
  file.put(gone);
  const auto found = file.opened().snapshots({});
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().place == SnapshotPlace::Gone);
  CHECK(found->front().stored_bytes == sample_snapshot().stored_bytes);
  CHECK(found->front().components == sample_snapshot().components);
  CHECK(found->front().tombstones == gone.tombstones);
}

TEST_CASE("a change that does not come to its commit leaves nothing", "[catalogue]") {
  CatalogueFile file;
  {
    Catalogue catalogue = file.opened();
    REQUIRE(catalogue.begin());
    REQUIRE(catalogue.put(sample_run()));
  }
  CHECK(file.opened().runs({})->empty());
}

TEST_CASE("names of any bytes go in and come out", "[catalogue]") {
  CatalogueFile file;
  const std::string hostile = std::string("a'\"; DROP TABLE run;--\x1b[31m\xff\xfe", 29) +
                              std::string("\0\n\r", 3) + "\xe2\x80\xae<script>";
  CatalogueRun run = sample_run();
  run.failure = hostile;
  run.policy = hostile;
  run.warnings = {hostile};
  file.put(run);
  file.put(CatalogueStore{.uuid = "u", .kind = "directory", .place = hostile});
  Catalogue catalogue = file.opened();
  CHECK(catalogue.runs({.policy = hostile})->front() == run);
  CHECK(catalogue.stores()->front().place == hostile);
}

TEST_CASE("a newer catalogue is refused and left as it is", "[catalogue]") {
  CatalogueFile file;
  file.put(sample_run());
  file.run("PRAGMA user_version=99");
  const std::string before = file.bytes();
  const auto catalogue = file.open();
  REQUIRE_FALSE(catalogue);
  CHECK(catalogue.error().kind == ErrorKind::Refused);
  CHECK(catalogue.error().message.find("version 99") != std::string::npos);
  CHECK_FALSE(catalogue.error().hint.empty());
  CHECK_FALSE(Catalogue::open_for_reading(file.files, file.path));
  CHECK(file.bytes() == before);
}

TEST_CASE("another program's database is refused and left as it is", "[catalogue]") {
  CatalogueFile file;
  file.write("");
  file.run("CREATE TABLE theirs (x)");
  const std::string before = file.bytes();
  const auto catalogue = file.open();
  REQUIRE_FALSE(catalogue);
  CHECK(catalogue.error().kind == ErrorKind::Refused);
  CHECK(file.bytes() == before);
}

TEST_CASE("damage is told as damage, wherever it is", "[catalogue]") {
  CatalogueFile file;
  file.put(sample_run());
  const std::string whole = file.bytes();
  SECTION("no database at all") {
    file.write(
        "this is no database, and longer than a header is."
        "-------------------------------------------------");
  }
  SECTION("its first page") {
    std::string torn = whole;
    torn.replace(100, 400, std::string(400, '\xAA'));
    file.write(torn);
  }
  SECTION("a table is missing") {
    file.run("DROP TABLE tombstone");
  }
  const auto catalogue = file.open();
  REQUIRE_FALSE(catalogue);
  INFO(to_string(catalogue.error()));
  CHECK(catalogue.error().kind == ErrorKind::Verification);
  CHECK(catalogue.error().hint.find("catalogue rebuild") != std::string::npos);
}

TEST_CASE("a catalogue that another program holds locked is busy", "[catalogue]") {
  CatalogueFile file;
  file.put(sample_run());
  auto holder =
      SqliteSession::open(file.path, SqliteSession::Access::ReadWrite, std::chrono::seconds(1));
  REQUIRE(holder);
  REQUIRE(holder->run("BEGIN EXCLUSIVE"));
  const auto catalogue = file.open(std::chrono::milliseconds(50));
  REQUIRE_FALSE(catalogue);
  CHECK(catalogue.error().kind == ErrorKind::Busy);
}

TEST_CASE("writers at once all get their rows in", "[catalogue]") {
  CatalogueFile file;
  constexpr int kWriters = 4;
  constexpr int kRuns = 20;
  std::vector<std::thread> writers;
  std::atomic<int> failures = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&file, &failures, writer] {
      for (int number = 0; number < kRuns; ++number) {
        CatalogueRun run = sample_run();
        run.id = std::to_string(writer) + "-" + std::to_string(number);
        auto catalogue = file.open(std::chrono::seconds(60));
        const bool done =
            catalogue && catalogue->begin() && catalogue->put(run) && catalogue->commit();
        failures += done ? 0 : 1;
      }
    });
  }
  for (std::thread& writer : writers)
    writer.join();
  CHECK(failures == 0);
  CHECK(file.opened().runs({})->size() == kWriters * kRuns);
}

TEST_CASE("the state of a snapshot is what its last records prove", "[catalogue]") {
  CatalogueSnapshot snapshot;
  CHECK(snapshot.state() == "stored");
  snapshot.receipts = {{.at = "", .from_store = "u"}};
  CHECK(snapshot.state() == "verified");
  snapshot.receipts = {{.at = "", .to_store = "u"}};
  CHECK(snapshot.state() == "stored");
  snapshot.verifications = {{.at = "", .level = 1, .intact = true}};
  CHECK(snapshot.state() == "verified");
  snapshot.drills = {{.run = "a", .drilled = true}};
  CHECK(snapshot.state() == "drilled");
  snapshot.drills.push_back({.run = "b", .drilled = false});
  CHECK(snapshot.state() == "verified");
  snapshot.partial = true;
  CHECK(snapshot.state() == "partial");
  snapshot.verifications.push_back({.at = "", .level = 1, .intact = false});
  CHECK(snapshot.state() == "damaged");
}

}  // namespace
}  // namespace backstay::runtime
