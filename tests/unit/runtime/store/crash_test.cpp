// Killed anywhere: the next run needs no help, nothing visible is damaged, nothing of the
// operator's is lost. Each trial is a process of its own, started from this very program, because a
// failpoint is read once.
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

constexpr const char* kDirectory = "BACKSTAY_TEST_DIRECTORY";
constexpr const char* kChildBackup = "child: backup";
constexpr const char* kChildRestore = "child: restore";

plan::ArchiveFiles action_in(const Bench& bench, const std::string& base) {
  auto action = bench.files_of(base + "/source");
  action.except = {{base + "/source/left-out", "test"}};
  return action;
}

PlaceRequest in_place(const plan::ArchiveFiles& action) {
  return {.files = Bench::restore_of(action),
          .paths = {},
          .to_directory = {},
          .in_place = true,
          .run_id = {}};
}

// Runs one hidden test case of this program. Its wait status.
int run_child(const char* test_case,
              const std::string& base,
              const std::string& failpoint,
              const std::string& log) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kDirectory, base.c_str(), 1);
    if (!failpoint.empty())
      setenv("BACKSTAY_FAILPOINT", failpoint.c_str(), 1);
    if (!log.empty())
      setenv("BACKSTAY_FAILPOINT_LOG", log.c_str(), 1);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, 1);
    execl("/proc/self/exe", "store_tests", test_case, nullptr);
    _exit(127);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

// Every failpoint that is passed, with how often.
std::map<std::string, int> passes_in(const std::string& log) {
  std::map<std::string, int> passes;
  std::istringstream lines(read_text(log));
  for (std::string name; std::getline(lines, name);)
    ++passes[name];
  return passes;
}

void make_source(const std::string& source) {
  write_text(source + "/app.conf", "first");
  write_text(source + "/sub/data", std::string(200'000, 'd'));
  write_text(source + "/large", std::string(17U << 20U, 'l'));
  fs::create_directory(source + "/empty");
  fs::create_symlink("app.conf", source + "/link");
}

// Some of the pack stays live.
void change_source(const std::string& source) {
  write_text(source + "/app.conf", "another");
  write_text(source + "/new", "new");
}

std::string bytes_of(const std::string& path) {
  return fs::is_regular_file(path) ? read_text(path) : std::string();
}

}  // namespace

// Hidden: what a child does; the trials below look at its exit status.
TEST_CASE("child: backup", "[.]") {
  const char* base = std::getenv(kDirectory);
  if (base == nullptr)
    return;  // not started by a trial: nothing to do
  Bench bench{std::string(base)};
  bench.settle();
  REQUIRE(error_of(bench.back_up(action_in(bench, base))).empty());
}

TEST_CASE("child: restore", "[.]") {
  const char* base = std::getenv(kDirectory);
  if (base == nullptr)
    return;  // not started by a trial: nothing to do
  Bench bench{std::string(base)};
  const auto newest = find_snapshot(bench.real, bench.store, {}, "latest");
  REQUIRE(error_of(newest).empty());
  REQUIRE(error_of(bench.restore(newest->id, in_place(action_in(bench, base)))).empty());
}

TEST_CASE(
    "a backup that is killed at any failpoint leaves a store in which the next run succeeds") {
  std::map<std::string, int> passes;
  {
    const TemporaryDirectory directory;
    make_source(directory / "source");
    // The first run stores, the second links: a failpoint of either is visited.
    REQUIRE(run_child(kChildBackup, directory.path(), {}, directory / "log") == 0);
    change_source(directory / "source");
    REQUIRE(run_child(kChildBackup, directory.path(), {}, directory / "log") == 0);
    passes = passes_in(directory / "log");
  }
  REQUIRE(passes.contains("store.commit.rename"));
  REQUIRE(passes.contains("store.part.link"));
  REQUIRE(passes.contains("store.memory.save"));
  int trials = 0;
  for (const auto& [name, count] : passes) {
    // Few of the many passes of one name differ: the first and the last stand for them.
    for (const int pass : std::set<int>{1, count}) {
      const TemporaryDirectory directory;
      make_source(directory / "source");
      REQUIRE(run_child(kChildBackup, directory.path(), {}, {}) == 0);
      change_source(directory / "source");
      const std::string failpoint = name + ":" + std::to_string(pass) + ":kill";
      INFO("killed at " << failpoint);
      const int status = run_child(kChildBackup, directory.path(), failpoint, {});
      CHECK((WIFSIGNALED(status) ||
             status == 0));  // init's own points are passed less often the second time
      REQUIRE(run_child(kChildBackup, directory.path(), {}, {}) == 0);

      Bench bench{directory.path()};
      const auto list = list_snapshots(bench.real, bench.store, {});
      REQUIRE(error_of(list).empty());
      CHECK(list->size() >= 2);
      for (const SnapshotSummary& snapshot : *list) {
        const auto report = bench.verify(snapshot.id, 2);
        REQUIRE(error_of(report).empty());
        CHECK(report->problems == std::vector<std::string>{});
      }
      CHECK(fs::is_empty(bench.store.path + "/staging"));
      ++trials;
    }
  }
  CHECK(trials > 30);
}

TEST_CASE("a restore that is killed at any failpoint loses nothing, and the next one succeeds") {
  const bool merge = GENERATE(false, true);
  const auto prepare = [&](const TemporaryDirectory& directory) {
    const std::string source = directory / "source";
    make_source(source);
    if (merge)
      write_text(source + "/left-out/disk", "never touched");
    REQUIRE(run_child(kChildBackup, directory.path(), {}, {}) == 0);
    write_text(source + "/app.conf", "second");
    write_text(source + "/surplus", "surplus");
    fs::remove(source + "/sub/data");
  };
  std::map<std::string, int> passes;
  {
    const TemporaryDirectory directory;
    prepare(directory);
    REQUIRE(run_child(kChildRestore, directory.path(), {}, directory / "log") == 0);
    passes = passes_in(directory / "log");
  }
  REQUIRE(passes.contains(merge ? "restore.entry" : "restore.exchange"));
  for (const auto& [name, count] : passes) {
    for (int pass = 1; pass <= count; ++pass) {
      if (!name.starts_with("restore."))
        continue;
      const TemporaryDirectory directory;
      prepare(directory);
      const std::string failpoint = name + ":" + std::to_string(pass) + ":kill";
      INFO((merge ? "merging" : "exchanging") << ", killed at " << failpoint);
      const int status = run_child(kChildRestore, directory.path(), failpoint, {});
      CHECK(WIFSIGNALED(status));
      const std::string app = bytes_of(directory / "source/app.conf");
      CHECK((app == "first" || app == "second"));  // never absent, never half
      REQUIRE(run_child(kChildRestore, directory.path(), {}, {}) == 0);

      CHECK(bytes_of(directory / "source/app.conf") == "first");
      CHECK(bytes_of(directory / "source/sub/data") == std::string(200'000, 'd'));
      CHECK_FALSE(fs::exists(directory / "source/surplus"));
      if (merge)
        CHECK(bytes_of(directory / "source/left-out/disk") == "never touched");
      bool second = false;
      bool surplus = false;
      for (const auto& entry : fs::directory_iterator(directory.path())) {
        CHECK_FALSE(entry.path().filename().string().starts_with(".backstay-new-"));
        second = second || bytes_of(entry.path() / "app.conf") == "second";
        surplus = surplus || bytes_of(entry.path() / "surplus") == "surplus";
      }
      CHECK(second);
      CHECK(surplus);
    }
  }
}

}  // namespace backstay::runtime::testing
