// SQLite files: copies under a writer, damaged files, the way back into place.
#include "runtime/database/sqlite.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include "memory_store.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"

namespace backstay::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRun = "20261122T023000Z-0a1b2c3d";

/// A private directory for one test.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (fs::temp_directory_path() / "backstay-sqlite-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  ~TestDirectory() { fs::remove_all(path_); }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& each : fs::directory_iterator(path_))
      names.insert(each.path().filename().string());
    return names;
  }

 private:
  std::string path_;
};

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Two accounts whose sum is 1000 in every committed state.
void make_ledger(const std::string& path, const std::string& mode) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA journal_mode=" + mode);
  database.exec(
      "CREATE TABLE account(id INTEGER PRIMARY KEY, amount INTEGER, note TEXT);"
      "INSERT INTO account VALUES (1, 500, ''), (2, 500, '');");
  SQLite::Transaction transaction(database);
  for (int row = 0; row < 2000; ++row) {
    database.exec("INSERT INTO account VALUES (NULL, 0, hex(randomblob(100)))");
  }
  transaction.commit();
}

int sum_of(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  return database.execAndGet("SELECT sum(amount) FROM account").getInt();
}

/// Steps over one SQLite file, with a snapshot in memory.
struct SqliteBench {
  TestDirectory directory;
  test::FakeClock clock;
  RealFilesystem files;
  test::ScriptedRunner runner;
  World world{clock, files, runner, {directory.file("etc"), directory.file("state"), ""}};
  plan::Plan plan;
  plan::Backup backup;
  plan::Step step;
  testing::MemorySnapshot snapshot;
  testing::MemoryStaging staging{snapshot};
  testing::MemoryReader reader{snapshot};
  testing::NotedEvents events;
  RestoreRun run;
  std::string path = directory.file("app.sqlite");

  StepContext context() {
    return {.world = world,
            .plan = plan,
            .backup = backup,
            .step = step,
            .run_id = kRun,
            .stop = {},
            .events = events,
            .staging = &staging,
            .snapshot = &reader,
            .restore = &run};
  }

  Result<void> copy() {
    StepContext with = context();
    return execute(plan::CopySqlite{.component = "app.db", .path = path}, with);
  }

  Result<void> restore() {
    run.components = {"app.db"};
    StepContext with = context();
    return execute(plan::RestoreSqlite{.component = "app.db", .path = path}, with);
  }
};

TEST_CASE("rows of a SQLite file are counted, and nothing is made beside it", "[sqlite]") {
  const TestDirectory directory;
  const std::string path = directory.file("odd.sqlite");
  {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(
        "CREATE TABLE \"odd \"\"name\" (x); INSERT INTO \"odd \"\"name\" VALUES (1), (2);"
        "CREATE TABLE empty (x); CREATE TABLE counted (x INTEGER PRIMARY KEY AUTOINCREMENT)");
  }
  const auto tables = count_sqlite_rows(path);
  REQUIRE(tables);
  CHECK(*tables == SqliteTables{{"counted", 0}, {"empty", 0}, {"odd \"name", 2}});
  CHECK(directory.names() == std::set<std::string>{"odd.sqlite"});
}

TEST_CASE("rows that a writer still has in its log are not guessed", "[sqlite]") {
  const TestDirectory directory;
  const std::string path = directory.file("log.sqlite");
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  const auto tables = count_sqlite_rows(path);
  REQUIRE_FALSE(tables);
  CHECK(tables.error().kind == ErrorKind::Busy);
}

TEST_CASE("a copy under a busy writer is of one instant, in both journal modes") {
  for (const std::string mode : {"WAL", "DELETE"}) {
    INFO(mode);
    SqliteBench bench;
    make_ledger(bench.path, mode);
    std::atomic<bool> stop = false;
    std::atomic<int> commits = 0;
    std::thread writer([&] {
      SQLite::Database database(bench.path, SQLite::OPEN_READWRITE, 60'000);
      database.exec("PRAGMA synchronous=OFF");
      while (!stop) {
        SQLite::Transaction transaction(database);
        database.exec("UPDATE account SET amount = amount - 7 WHERE id = 1");
        database.exec("UPDATE account SET amount = amount + 7 WHERE id = 2");
        transaction.commit();
        ++commits;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    for (int round = 0; round < 5; ++round) {
      const int before = commits;
      while (commits == before)
        std::this_thread::yield();
      const Result<void> done = bench.copy();
      INFO((done ? "" : to_string(done.error())));
      CHECK(done.has_value());
      const std::string copy = bench.directory.file("copy" + std::to_string(round));
      write_text(copy, bench.snapshot.streams.at({"app.db", "database.sqlite"}));
      CHECK(sum_of(copy) == 1000);
    }
    stop = true;
    writer.join();
  }
}

TEST_CASE("no temporary file stays behind") {
  SqliteBench bench;
  make_ledger(bench.path, "WAL");
  REQUIRE(bench.copy().has_value());
  CHECK(fs::is_empty(bench.directory.file("state/tmp")));
}

TEST_CASE("a dry run makes nothing beside a database, and says what it is") {
  for (const std::string mode : {"WAL", "DELETE"}) {
    INFO(mode);
    SqliteBench bench;
    make_ledger(bench.path, mode);
    const auto looked = [&] {
      const std::set<std::string> before = bench.directory.names();
      const std::string bytes = read_text(bench.path);
      const Result<SqliteCopy> found = look_at_sqlite(bench.path);
      REQUIRE(found.has_value());
      CHECK(bench.directory.names() == before);
      CHECK(read_text(bench.path) == bytes);
      return *found;
    };
    const SqliteCopy alone = looked();  // where SQLite itself would make -wal and -shm
    CHECK(alone.pages * alone.page_size == fs::file_size(bench.path));
    CHECK(alone.journal_mode == (mode == "WAL" ? "wal" : "delete"));
    SQLite::Database used(bench.path, SQLite::OPEN_READWRITE);
    used.exec("BEGIN EXCLUSIVE; UPDATE account SET note = 'x'");
    CHECK(looked().page_size == alone.page_size);
    used.exec("COMMIT");
    CHECK(looked().pages == alone.pages);
  }
}

TEST_CASE("a dry run says what is no database") {
  SqliteBench bench;
  CHECK(look_at_sqlite(bench.path).error().kind == ErrorKind::NotFound);
  CHECK(look_at_sqlite(bench.directory.file("")).error().kind == ErrorKind::BadInput);
  write_text(bench.path, "");
  CHECK(look_at_sqlite(bench.path)->pages == 0);
  write_text(bench.path, "SQLite format 3");
  CHECK(look_at_sqlite(bench.path).error().kind == ErrorKind::BadInput);
  write_text(bench.path, std::string(8192, 'x'));
  CHECK(look_at_sqlite(bench.path).error().kind == ErrorKind::BadInput);
}

TEST_CASE("what is no database and what is damaged fails the component") {
  SqliteBench bench;
  write_text(bench.path, std::string(8192, 'x'));
  CHECK(bench.copy().error().kind == ErrorKind::BadInput);
  fs::remove(bench.path);
  make_ledger(bench.path, "DELETE");
  std::string bytes = read_text(bench.path);
  for (std::size_t at = 4096 * 3; at < 4096 * 9; ++at)
    bytes[at] = 'x';
  write_text(bench.path, bytes);
  CHECK(bench.copy().error().kind == ErrorKind::Verification);
  CHECK(bench.snapshot.components.empty());
  CHECK(bench.snapshot.failed.size() == 1);
}

TEST_CASE("a missing file is not made") {
  SqliteBench bench;
  CHECK(bench.copy().error().kind == ErrorKind::NotFound);
  CHECK_FALSE(fs::exists(bench.path));
}

TEST_CASE("a lost file comes back with rows, mode and time") {
  SqliteBench bench;
  make_ledger(bench.path, "DELETE");
  fs::permissions(bench.path, fs::perms(0640));

  struct ::stat before {};

  REQUIRE(::stat(bench.path.c_str(), &before) == 0);
  REQUIRE(bench.copy().has_value());
  fs::remove(bench.path);
  const Result<void> done = bench.restore();
  REQUIRE(done.has_value());

  struct ::stat after {};

  REQUIRE(::stat(bench.path.c_str(), &after) == 0);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_uid == before.st_uid);
  CHECK(after.st_mtim.tv_sec == before.st_mtim.tv_sec);
  CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  CHECK(sum_of(bench.path) == 1000);
  CHECK(bench.run.kept.empty());
}

TEST_CASE("a file that is there is refused without in-place and untouched") {
  SqliteBench bench;
  make_ledger(bench.path, "DELETE");
  REQUIRE(bench.copy().has_value());
  const std::string before = read_text(bench.path);
  const Result<void> done = bench.restore();
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::Refused);
  CHECK(read_text(bench.path) == before);
}

TEST_CASE("in place the old file is kept with its log, which never meets the new one") {
  SqliteBench bench;
  make_ledger(bench.path, "WAL");
  REQUIRE(bench.copy().has_value());
  write_text(bench.path, "old");
  for (const std::string sidecar : {"-wal", "-shm", "-journal"}) {
    write_text(bench.path + sidecar, "old" + sidecar);
  }
  bench.run.request.in_place = true;
  REQUIRE(bench.restore().has_value());
  const std::string old = bench.path + ".orig-" + kRun;
  CHECK(read_text(old) == "old");
  for (const std::string sidecar : {"-wal", "-shm", "-journal"}) {
    CHECK(read_text(old + sidecar) == "old" + sidecar);
    CHECK_FALSE(fs::exists(bench.path + sidecar));
  }
  CHECK(sum_of(bench.path) == 1000);
  CHECK(bench.run.kept.size() == 4);
}

TEST_CASE("a snapshot whose bytes are no database changes nothing in place") {
  SqliteBench bench;
  make_ledger(bench.path, "DELETE");
  REQUIRE(bench.copy().has_value());
  const std::string before = read_text(bench.path);
  bench.snapshot.streams[{"app.db", "database.sqlite"}] = std::string(8192, 'x');
  bench.run.request.in_place = true;
  CHECK_FALSE(bench.restore().has_value());
  CHECK(read_text(bench.path) == before);
  CHECK_FALSE(fs::exists(bench.path + ".backstay-new-" + kRun));
}

TEST_CASE("restored elsewhere, the original place is not looked at") {
  SqliteBench bench;
  make_ledger(bench.path, "DELETE");
  REQUIRE(bench.copy().has_value());
  bench.run.request.to_directory = bench.directory.file("there");
  REQUIRE(bench.restore().has_value());
  CHECK(sum_of(bench.directory.file("there") + bench.path) == 1000);
}

}  // namespace
}  // namespace backstay::runtime
