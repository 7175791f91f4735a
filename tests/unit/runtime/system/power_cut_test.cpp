// What is called durable survives a power cut, whatever else is lost, kept or torn.
#include <rapidcheck.h>

#include "runtime/journal/journal.hpp"
#include "runtime/system/filesystem.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
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

}  // namespace backstay::runtime
