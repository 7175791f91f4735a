// What is called durable survives a power cut, whatever else is lost, kept or torn.
#include <algorithm>
#include <cerrno>
#include <set>

#include <rapidcheck.h>

#include "runtime/executor/run_recorder.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/system/filesystem.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/simulated_filesystem.hpp"

namespace backstay::runtime {
namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::SimulatedFilesystem;

}  // namespace

TEST_CASE("the simulated file system loses what was not synced") {
  SimulatedFilesystem files;
  REQUIRE(make_directories(files, "/state", 0700));
  REQUIRE(write_new_file(files, "/state/kept", "bytes", 0600));
  REQUIRE(files.sync_directory("/state"));
  REQUIRE(write_new_file(files, "/state/entry-lost", "bytes", 0600));
  auto appended = files.open_append("/state/kept");
  REQUIRE((*appended)->write(std::as_bytes(std::span("more", 4))));
  files.cut_power();
  CHECK(read_file(files, "/state/kept").value() == "bytes");
  CHECK_FALSE(exists(files, "/state/entry-lost"));
}

TEST_CASE("the simulated file system behaves as the real one for what a store does") {
  SimulatedFilesystem files;
  REQUIRE(make_directories(files, "/store/staging/run", 0700));
  REQUIRE(write_new_file(files, "/store/staging/run/part", "x", 0400));
  CHECK_FALSE(files.create("/store/staging/run/part", 0600));
  REQUIRE(files.rename_no_replace("/store/staging/run", "/store/one"));
  REQUIRE(files.make_directory("/store/two", 0700));
  CHECK_FALSE(files.rename_no_replace("/store/two", "/store/one"));
  REQUIRE(files.link("/store/one/part", "/store/two/part"));
  CHECK(files.status("/store/two/part")->inode == files.status("/store/one/part")->inode);
  CHECK(files.unlink("/store/absent").error().kind == ErrorKind::NotFound);
  REQUIRE(remove_tree(files, "/store/one"));
  CHECK(read_file(files, "/store/two/part").value() == "x");
}

TEST_CASE("what was not synced comes back torn, in any order, and what was synced never does") {
  std::set<std::string> outcomes;
  std::set<std::string> entries;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedFilesystem files;
    REQUIRE(make_directories(files, "/d", 0700));
    REQUIRE(write_new_file(files, "/d/a", std::string(600, 'a'), 0600));
    REQUIRE(files.sync_directory("/d"));
    auto appended = files.open_append("/d/a");
    const std::string more(2000, 'b');
    REQUIRE((*appended)->write(std::as_bytes(std::span(more.data(), more.size()))));
    REQUIRE(write_new_file(files, "/d/b", "b", 0600));
    REQUIRE(write_new_file(files, "/d/c", "c", 0600));
    files.cut_power(seed);
    const auto content = read_file(files, "/d/a").value();
    CHECK(content.substr(0, 600) == std::string(600, 'a'));
    const std::string rest = content.substr(600);
    const bool zeroed = rest.find('\0') != std::string::npos;
    outcomes.insert(rest.empty()         ? "lost"
                    : zeroed             ? "zeroed"
                    : rest.size() < 2000 ? "cut short"
                    : rest == more       ? "kept"
                                         : "torn");
    entries.insert(std::string(exists(files, "/d/b") ? "b" : "") +
                   (exists(files, "/d/c") ? "c" : ""));
  }
  CHECK(outcomes == std::set<std::string>{"cut short", "kept", "lost", "torn", "zeroed"});
  CHECK(entries == std::set<std::string>{"", "b", "bc", "c"});
}

TEST_CASE("after a failed fsync a later one keeps nothing") {
  SimulatedFilesystem files;
  REQUIRE(make_directories(files, "/d", 0700));
  auto file = files.create("/d/a", 0600);
  REQUIRE(files.sync_directory("/d"));
  REQUIRE((*file)->write(std::as_bytes(std::span("bytes", 5))));
  files.set_fault(
      [](FileCall call, const std::string&) { return call == FileCall::Sync ? EIO : 0; });
  CHECK_FALSE((*file)->sync());
  files.set_fault({});
  CHECK((*file)->sync());
  files.cut_power();
  CHECK(read_file(files, "/d/a")->empty());
}

TEST_CASE("the rename of a directory is one change, whichever of its two parents is synced") {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedFilesystem files;
    REQUIRE(make_directories(files, "/from/it", 0700));
    REQUIRE(make_directories(files, "/to", 0700));
    REQUIRE(files.rename_no_replace("/from/it", "/to/it"));
    if (seed % 2 == 0) {
      REQUIRE(files.sync_directory("/from"));
    }
    files.cut_power(seed);
    outcomes.insert(std::string(exists(files, "/from/it") ? "old" : "") +
                    (exists(files, "/to/it") ? "new" : ""));
    if (seed % 2 == 0) {
      CHECK(exists(files, "/to/it"));
    }
  }
  CHECK(outcomes == std::set<std::string>{"new", "old"});
}

TEST_CASE("a directory that somebody died over is durable for the next who wants it") {
  SimulatedFilesystem files;
  REQUIRE(make_directories(files, "/state", 0700));
  REQUIRE(files.make_directory("/state/records", 0700));  // and no fsync of /state
  REQUIRE(make_directories(files, "/state/records", 0700));
  files.cut_power();
  CHECK(exists(files, "/state/records"));
}

TEST_CASE(
    "after a power cut a replaced file is the old or the new one, and the new one once it was "
    "said") {
  const bool holds = rc::check("replace", [](std::uint64_t seed) {
    SimulatedFilesystem files;
    RC_ASSERT(make_directories(files, "/state", 0700).has_value());
    RC_ASSERT(replace_file(files, "/state/high-water", "41", 0600).has_value());
    FaultyFilesystem faulty(files);
    const auto call = *rc::gen::element(FileCall::Create, FileCall::Write, FileCall::Sync,
                                        FileCall::Rename, FileCall::SyncDirectory, FileCall::Space);
    faulty.fail(call, 1, EIO);
    const bool said = replace_file(faulty, "/state/high-water", "42", 0600).has_value();
    files.cut_power(seed);
    const auto content = read_file(files, "/state/high-water");
    RC_ASSERT(content.has_value());
    RC_ASSERT(*content == "42" || (*content == "41" && !said));
  });
  CHECK(holds);
}

TEST_CASE("after a power cut a journal holds every record that was said to be durable") {
  const bool holds = rc::check("journal", [](std::uint64_t seed) {
    SimulatedFilesystem files;
    FaultyFilesystem faulty(files);
    test::FakeClock clock;
    RC_ASSERT(make_directories(files, "/state", 0700).has_value());
    const auto journal = Journal::open(faulty, clock, "/state", "run");
    RC_ASSERT(journal.has_value());
    faulty.fail(FileCall::Sync, *rc::gen::inRange<std::uint64_t>(1, 20), EIO);
    std::size_t durable = 0;
    for (std::size_t number = 0; number < 20; ++number) {
      const JournalRecord record{.event = JournalEvent::Done, .step = std::to_string(number)};
      durable += (*journal)->append(record) ? 1 : 0;
    }
    files.cut_power(seed);
    const auto content = read_journal(files, "/state/journal/run.jsonl");
    RC_ASSERT(content.has_value());
    RC_ASSERT(content->records.size() >= durable);
    for (std::size_t number = 0; number < content->records.size(); ++number) {
      RC_ASSERT(content->records[number].step == std::to_string(number));
    }
    RC_ASSERT(find_crashed_runs(files, "/state").size() == 1);
  });
  CHECK(holds);
}

TEST_CASE("whenever the power is cut, the journal knows that a step that began was due") {
  struct Silent final : Events {
    void step(std::string_view, StepState, std::string_view) override {}

    void progress(std::string_view, std::uint64_t, std::string_view) override {}

    void warning(std::string_view, std::string_view) override {}
  };

  const bool holds = rc::check("due", [](std::uint64_t seed) {
    std::vector<plan::Step> steps;
    for (std::size_t number = 0; number < 40; ++number) {
      std::vector<std::string> after;
      if (number > 4 && (seed >> (number % 64U)) % 2 == 0) {
        after = {"s" + std::to_string(number - 1 - seed % 4)};
      }
      steps.push_back(test::step("s" + std::to_string(number), after, plan::VerifySnapshot{}));
    }
    const std::string cut_in = "s" + std::to_string(seed % 40);
    SimulatedFilesystem files;
    test::FakeClock clock;
    RC_ASSERT(make_directories(files, "/state", 0700).has_value());
    const auto journal = Journal::open(files, clock, "/state", "run");
    RC_ASSERT(journal.has_value());
    Silent silent;
    EventHub hub({&silent});
    RunRecorder recorder(**journal, hub, nullptr);
    JournalContent found;
    const StepFunction function = [&](const plan::Step& step,
                                      const std::stop_token&) -> Result<void> {
      if (step.id == cut_in) {
        files.cut_power(seed);
        // As recovery reads it: what was not synced may be torn anywhere.
        for (JournalContent& run : find_crashed_runs(files, "/state")) {
          found = std::move(run);
        }
      }
      return {};
    };
    (void)execute_graph(steps, function, recorder, clock, {.parallel = 1 + seed % 3}, {});
    const auto found_record = [&](JournalEvent event, const std::string& step) {
      return std::any_of(found.records.begin(), found.records.end(), [&](const auto& record) {
        return record.event == event && record.step == step;
      });
    };
    RC_ASSERT(found_record(JournalEvent::Due, cut_in));
    for (const std::string& before : steps[seed % 40].after) {
      RC_ASSERT(found_record(JournalEvent::Verified, before));
    }
  });
  CHECK(holds);
}

}  // namespace backstay::runtime
