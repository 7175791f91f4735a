#include "runtime/journal/journal.hpp"

#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::FakeClock;
using test::FaultyFilesystem;
using test::FileCall;
using test::TemporaryDirectory;

void append_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

/// A run that begins a step and ends or crashes, in a process of its own: it holds the lock.
void make_run(const std::string& state, const std::string& run_id, bool ends) {
  const pid_t child = ::fork();
  if (child == 0) {
    RealFilesystem files;
    FakeClock clock;
    auto journal = Journal::open(files, clock, state, run_id);
    bool good = journal.has_value() &&
                (*journal)->append({.event = JournalEvent::Begun, .step = {}, .detail = "abc"}) &&
                (*journal)->append({.event = JournalEvent::Started, .step = "dump", .detail = {}});
    if (ends) {
      good = good &&
             (*journal)->append({.event = JournalEvent::Ended, .step = {}, .detail = "stored"});
    }
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
}

}  // namespace

TEST_CASE("what was appended is read back in order") {
  const TemporaryDirectory place;
  RealFilesystem files;
  FakeClock clock;
  const auto journal = Journal::open(files, clock, place.path(), "run-1");
  REQUIRE(journal);
  REQUIRE((*journal)->append({.event = JournalEvent::Begun, .step = {}, .detail = "digest"}));
  REQUIRE((*journal)->append({.event = JournalEvent::Started, .step = "dump", .detail = {}}));
  REQUIRE((*journal)->append(
      {.event = JournalEvent::Failed, .step = "dump", .detail = "a\n\"b\" \xff"}));
  const auto content = read_journal(files, place / "journal/run-1.jsonl");
  REQUIRE(content);
  CHECK(content->run_id == "run-1");
  CHECK(content->plan_digest == "digest");
  CHECK(content->began == "2026-11-22T02:30:00Z");
  REQUIRE(content->records.size() == 3);
  CHECK(content->records[2].event == JournalEvent::Failed);
  CHECK(content->records[2].step == "dump");
  CHECK(content->records[2].detail.starts_with("a\n\"b\" "));
  CHECK_FALSE(content->ended);
  CHECK_FALSE(content->torn);
}

TEST_CASE("a journal is one run's: a second of the same name is refused") {
  const TemporaryDirectory place;
  RealFilesystem files;
  FakeClock clock;
  const auto journal = Journal::open(files, clock, place.path(), "run-1");
  REQUIRE(journal);
  CHECK_FALSE(Journal::open(files, clock, place.path(), "run-1"));
}

TEST_CASE("a torn last line is left out, wherever it was cut") {
  const TemporaryDirectory place;
  RealFilesystem files;
  const std::string whole = R"({"time":"t","event":"started","step":"dump"})";
  const std::string first = R"({"time":"t","event":"begun","detail":"d"})"
                            "\n";
  for (std::size_t cut = 1; cut <= whole.size(); ++cut) {
    const auto path = place / ("cut-" + std::to_string(cut) + ".jsonl");
    append_text(path, first + whole.substr(0, cut));
    const auto content = read_journal(files, path);
    REQUIRE(content);
    CHECK(content->records.size() == 1);
    CHECK(content->torn);
  }
}

TEST_CASE("a bad line before the last is damage") {
  const TemporaryDirectory place;
  RealFilesystem files;
  append_text(place / "j.jsonl", "{\"event\":\"beg\n{\"event\":\"ended\"}\n");
  const auto content = read_journal(files, place / "j.jsonl");
  REQUIRE_FALSE(content);
  CHECK(content.error().kind == ErrorKind::BadInput);
  CHECK(content.error().message.find("line 1") != std::string::npos);
}

TEST_CASE("an empty journal is a run that did nothing yet") {
  const TemporaryDirectory place;
  RealFilesystem files;
  append_text(place / "j.jsonl", "");
  const auto content = read_journal(files, place / "j.jsonl");
  REQUIRE(content);
  CHECK(content->records.empty());
  CHECK(content->began.empty());
}

TEST_CASE("an append returns when its line is durable, and many share one fsync") {
  const TemporaryDirectory place;
  RealFilesystem real;
  FaultyFilesystem counting(real);
  FakeClock clock;
  const auto journal = Journal::open(counting, clock, place.path(), "run");
  REQUIRE(journal);
  constexpr int threads_count = 16;
  constexpr int each = 50;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back([&, thread] {
        for (int index = 0; index < each; ++index) {
          const auto before = counting.count(FileCall::Sync);
          const auto written = (*journal)->append({.event = JournalEvent::Done,
                                                   .step = std::to_string(thread),
                                                   .detail = std::to_string(index)});
          failures += !written || counting.count(FileCall::Sync) == before ? 1 : 0;
        }
      });
    }
  }
  CHECK(failures == 0);
  CHECK(counting.count(FileCall::Sync) <= threads_count * each);
  const auto content = read_journal(real, place / "journal/run.jsonl");
  REQUIRE(content);
  CHECK(content->records.size() == threads_count * each);
  std::map<std::string, int> next;  // the lines of each thread are in its order
  for (const auto& record : content->records) {
    CHECK(record.detail == std::to_string(next[record.step]++));
  }
}

TEST_CASE("what is noted is written at once and synced once") {
  const TemporaryDirectory place;
  RealFilesystem real;
  FaultyFilesystem counting(real);
  FakeClock clock;
  const auto journal = Journal::open(counting, clock, place.path(), "run");
  REQUIRE(journal);
  const auto before = counting.count(FileCall::Sync);
  REQUIRE((*journal)->note({{.event = JournalEvent::Due, .step = "a"}}));
  REQUIRE((*journal)->note({{.event = JournalEvent::Started, .step = "a"}}));
  CHECK(counting.count(FileCall::Sync) == before);
  CHECK(read_journal(real, place / "journal/run.jsonl")->records.size() == 2);
  REQUIRE((*journal)->sync());
  REQUIRE((*journal)->sync());
  CHECK(counting.count(FileCall::Sync) == before + 1);
}

TEST_CASE("steps that were due are told from those that began") {
  const TemporaryDirectory place;
  RealFilesystem files;
  FakeClock clock;
  const auto journal = Journal::open(files, clock, place.path(), "run");
  REQUIRE(journal);
  REQUIRE((*journal)->append_all({{.event = JournalEvent::Due, .step = "ended"},
                                  {.event = JournalEvent::Due, .step = "open"},
                                  {.event = JournalEvent::Due, .step = "next"},
                                  {.event = JournalEvent::Due, .step = "skipped"},
                                  {.event = JournalEvent::Started, .step = "ended"},
                                  {.event = JournalEvent::Started, .step = "open"},
                                  {.event = JournalEvent::Done, .step = "ended"},
                                  {.event = JournalEvent::Skipped, .step = "skipped"},
                                  {.event = JournalEvent::Due, .step = "next"}}));
  const auto content = read_journal(files, place / "journal/run.jsonl");
  REQUIRE(content);
  CHECK(content->open_steps() == std::vector<std::string>{"open"});
  CHECK(content->due_steps() == std::vector<std::string>{"next"});
}

TEST_CASE("after a failed fsync nothing is called durable any more") {
  const TemporaryDirectory place;
  RealFilesystem real;
  FaultyFilesystem faulty(real);
  FakeClock clock;
  const auto journal = Journal::open(faulty, clock, place.path(), "run");
  REQUIRE(journal);
  REQUIRE((*journal)->append({.event = JournalEvent::Begun}));
  faulty.fail(FileCall::Sync, 1, EIO);
  CHECK_FALSE((*journal)->append({.event = JournalEvent::Started, .step = "a"}));
  const auto syncs = faulty.count(FileCall::Sync);
  CHECK_FALSE((*journal)->append({.event = JournalEvent::Started, .step = "b"}));
  CHECK(faulty.count(FileCall::Sync) == syncs);  // fsync is never tried again
}

TEST_CASE("a run without its end has crashed, one that ended has not, one that lives neither") {
  const TemporaryDirectory place;
  RealFilesystem files;
  CHECK(find_crashed_runs(files, place.path()).empty());
  make_run(place.path(), "1-ended", true);
  make_run(place.path(), "2-crashed", false);
  FakeClock clock;
  const auto alive = Journal::open(files, clock, place.path(), "3-alive");
  REQUIRE(alive);
  append_text(place / "journal/foreign.txt", "no journal");
  const auto crashed = find_crashed_runs(files, place.path());
  REQUIRE(crashed.size() == 1);
  CHECK(crashed[0].run_id == "2-crashed");
  CHECK(crashed[0].open_steps() == std::vector<std::string>{"dump"});
  CHECK(crashed[0].plan_digest == "abc");
}

TEST_CASE("a crash is found once: a report closes it") {
  const TemporaryDirectory place;
  RealFilesystem files;
  make_run(place.path(), "crashed", false);
  REQUIRE(find_crashed_runs(files, place.path()).size() == 1);
  REQUIRE(make_directories(files, place / "runs", 0700));
  REQUIRE(write_new_file(files, place / "runs/crashed.json", "{}", 0600));
  CHECK(find_crashed_runs(files, place.path()).empty());
}

TEST_CASE("of a damaged journal that is known which stands before the damage") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(make_directories(files, place / "journal", 0700));
  const std::string first = R"({"time":"t","event":"started","step":"dump"})"
                            "\n";
  append_text(place / "journal/cut.jsonl", first + "\x01\n\x02\n");
  append_text(place / "journal/rotten.jsonl", first + "\x01\n" + first);
  CHECK(read_journal(files, place / "journal/cut.jsonl")->torn);
  CHECK_FALSE(read_journal(files, place / "journal/rotten.jsonl"));
  const auto crashed = find_crashed_runs(files, place.path());
  REQUIRE(crashed.size() == 2);
  for (const JournalContent& content : crashed) {
    CHECK(content.open_steps() == std::vector<std::string>{"dump"});
  }
}

TEST_CASE("a journal of garbage is a crash like any other") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(make_directories(files, place / "journal", 0700));
  append_text(place / "journal/garbage.jsonl", std::string("\0\0\0\n\xff\n", 6));
  const auto crashed = find_crashed_runs(files, place.path());
  REQUIRE(crashed.size() == 1);
  CHECK(crashed[0].run_id == "garbage");
}

}  // namespace backstay::runtime
