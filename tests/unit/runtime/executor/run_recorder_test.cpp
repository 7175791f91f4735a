#include "runtime/executor/run_recorder.hpp"

#include <map>

#include "runtime/executor/run_files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

struct Silent final : Events {
  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view) override {}
};

/// Keeps what it is told.
struct NoteStaging final : Staging {
  std::map<std::string, std::string> failed;
  std::string id;

  Result<std::unique_ptr<StreamWriter>> open_stream(const std::string&,
                                                    const std::string&) override {
    return Error{.message = "not here"};
  }

  Result<void> archive_files(const plan::ArchiveFiles&, StepContext&) override { return {}; }

  Result<void> complete(const std::string&,
                        const std::string&,
                        const std::string&,
                        const ComponentFacts&) override {
    return {};
  }

  void fail(const std::string& component, const std::string& why) override {
    failed[component] = why;
  }

  Result<std::string> commit() override { return id; }

  [[nodiscard]] Completeness completeness() const override {
    return failed.empty() ? Completeness::Complete : Completeness::Partial;
  }

  [[nodiscard]] std::string snapshot_id() const override { return id; }
};

StepResult failed_with(const std::string& why) {
  return {.end = StepEnd::Failed, .error = Error{.kind = ErrorKind::Io, .message = why}};
}

}  // namespace

TEST_CASE("the staging hears of every required component that is missing, before the commit") {
  const test::TemporaryDirectory place;
  RealFilesystem files;
  test::FakeClock clock;
  Silent silent;
  EventHub hub({&silent});
  const auto journal = Journal::open(files, clock, place.path(), "run");
  REQUIRE(journal);
  NoteStaging staging;
  RunRecorder recorder(**journal, hub, &staging);
  auto steps = test::sample_plan().backups[0].backup;
  recorder.ended(steps[1], failed_with("server is gone"));
  recorder.ended(steps[2], {.end = StepEnd::Skipped, .because = "`check` failed"});
  steps[3].required = false;
  recorder.ended(steps[3], failed_with("unreadable"));
  CHECK(staging.failed ==
        std::map<std::string, std::string>{{"nova.nova", "server is gone"},
                                           {"control-db.accounts", "server is gone"},
                                           {"nova.db", "`check` failed"}});
  CHECK(recorder.captured() == 0);
  recorder.ended(steps[2], {.end = StepEnd::Done});
  CHECK(recorder.captured() == 1);
}

TEST_CASE("the journal says what became of each step and which snapshot was committed") {
  const test::TemporaryDirectory place;
  RealFilesystem files;
  test::FakeClock clock;
  Silent silent;
  EventHub hub({&silent});
  const auto journal = Journal::open(files, clock, place.path(), "run");
  REQUIRE(journal);
  NoteStaging staging;
  staging.id = "0001-snapshot";
  RunRecorder recorder(**journal, hub, &staging);
  const auto steps = test::sample_plan().backups[0].backup;
  for (const auto& step : steps) {
    recorder.started(step);
    recorder.ended(
        step, step.id.starts_with("dump") ? failed_with("no") : StepResult{.end = StepEnd::Done});
  }
  CHECK(recorder.hand_on() > recorder.lasting());
  recorder.settle();
  CHECK(recorder.hand_on() == recorder.lasting());
  const auto content = read_journal(files, place / "journal/run.jsonl");
  REQUIRE(content);
  std::string text;
  for (const auto& record : content->records) {
    if (record.event != JournalEvent::Started) {
      text += std::string(to_string(record.event)) + " " + record.step + record.detail + "\n";
    }
  }
  CHECK(text ==
        "done check@ctl01\nfailed dump.control-db@ctl01no\nproduced sqlite.nova.db@ctl01\n"
        "produced archive.nova.etc@ctl01\nstored commit@ctl01\ncommitted 0001-snapshot\n"
        "verified verify@ctl01\n");
  CHECK(content->open_steps().empty());
}

TEST_CASE("listeners hear of a step once the journal has it for good") {
  struct Listener final : Events {
    std::string path;
    std::vector<bool> known;

    void step(std::string_view id, StepState, std::string_view) override {
      RealFilesystem files;
      const auto content = read_journal(files, path);
      known.push_back(content && !content->records.empty() && content->records.back().step == id);
    }

    void progress(std::string_view, std::uint64_t, std::string_view) override {}

    void warning(std::string_view, std::string_view) override {}
  };

  const test::TemporaryDirectory place;
  RealFilesystem files;
  test::FakeClock clock;
  Listener listener;
  listener.path = place / "journal/run.jsonl";
  EventHub hub({&listener});
  const auto journal = Journal::open(files, clock, place.path(), "run");
  REQUIRE(journal);
  RunRecorder recorder(**journal, hub, nullptr);
  const plan::Step step = test::sample_plan().backups[0].backup[0];
  recorder.due(step);
  recorder.hand_on();
  recorder.settle();
  CHECK(listener.known.empty());
  recorder.started(step);
  CHECK(listener.known == std::vector<bool>{true});
  recorder.hand_on();
  recorder.ended(step, {.end = StepEnd::Done});
  recorder.hand_on();
  CHECK(listener.known.size() == 1);
  recorder.settle();
  recorder.settle();
  CHECK(listener.known == std::vector<bool>{true, true});
}

TEST_CASE("a journal that cannot be written is one warning, not the end of the run") {
  const test::TemporaryDirectory place;
  RealFilesystem real;
  test::FaultyFilesystem faulty(real);
  test::FakeClock clock;
  Silent silent;
  EventHub hub({&silent});
  const auto journal = Journal::open(faulty, clock, place.path(), "run");
  REQUIRE(journal);
  faulty.fail(test::FileCall::Sync, 1, EIO);
  RunRecorder recorder(**journal, hub, nullptr);
  const auto plan = test::sample_plan();
  for (const auto& step : plan.backups[0].backup) {
    recorder.started(step);
    const auto number = recorder.hand_on();
    recorder.settle();
    CHECK(recorder.lasting() == number);  // nobody waits for what cannot be
  }
  REQUIRE(hub.warnings().size() == 1);
  CHECK(hub.warnings()[0].find("goes on without its journal") != std::string::npos);
}

TEST_CASE(
    "a report names the first failure in the order of the plan, before what is only partial") {
  const StepResult partial = {.end = StepEnd::Partial,
                              .error = Error{.kind = ErrorKind::Partial, .message = "half"}};
  const StepResult done = {.end = StepEnd::Done};
  CHECK(first_failure({done, partial, failed_with("first"), failed_with("second")})->message ==
        "first");
  CHECK(first_failure({done, partial})->message == "half");
  CHECK_FALSE(first_failure({done}));
}

TEST_CASE("a step that this version leaves is told as one that did nothing") {
  Silent silent;
  EventHub hub({&silent});
  const std::vector<plan::Step> steps = {
      test::step("prune", {}, plan::PruneTarget{.target = "local", .retention = "standard"}),
      test::step("verify", {"prune"}, plan::VerifySnapshot{})};
  const auto reports = report_steps(steps, {{.end = StepEnd::Done}, {.end = StepEnd::Done}}, hub);
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].message == "left to what comes behind a timer's run, and to `backstay prune`");
  CHECK(reports[1].message.empty());
}

TEST_CASE("ids of runs of one second are in their order") {
  struct Ticking final : Clock {
    std::chrono::system_clock::time_point at{
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};

    std::chrono::system_clock::time_point now() override {
      return at += std::chrono::milliseconds(1);
    }

    std::chrono::steady_clock::time_point steady_now() override { return {}; }
  };

  Ticking clock;
  std::string before = new_run_id(clock);
  CHECK(before.size() == std::string("20261122T000000Z-00000000").size());
  for (int i = 0; i < 2500; ++i) {
    const std::string next = new_run_id(clock);
    REQUIRE(before < next);
    before = next;
  }
}

}  // namespace backstay::runtime
