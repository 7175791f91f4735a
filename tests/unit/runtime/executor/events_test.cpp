#include <thread>

#include <nlohmann/json.hpp>

#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/jsonl_events.hpp"
#include "runtime/executor/text_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"

namespace backstay::runtime {
namespace {

using test::FakeClock;

struct Written {
  std::string text;

  TextEvents::Sink sink() {
    return [this](std::string_view piece) { text += piece; };
  }
};

}  // namespace

TEST_CASE("each step is one line with its duration, bytes and rate") {
  Written out;
  FakeClock clock;
  TextEvents events(out.sink(), clock, {});
  events.step("archive.nova.etc", StepState::Started, "archive /etc/nova");
  clock.advance(std::chrono::seconds(2));
  events.progress("archive.nova.etc", 4U << 20U, "/etc/nova/nova.conf");
  events.step("archive.nova.etc", StepState::Done, "");
  events.step("dump.control-db", StepState::Skipped, "`check` failed");
  events.warning("", "space is short");
  CHECK(out.text ==
        "done     archive.nova.etc (2.0 s, 4.00 MiB, 2.00 MiB/s)\n"
        "skipped  dump.control-db: `check` failed\n"
        "warning: space is short\n");
}

TEST_CASE("away from a terminal a long step is heard of once a minute, without control bytes") {
  Written out;
  FakeClock clock;
  TextEvents events(out.sink(), clock, {});
  events.step("dump", StepState::Started, "");
  for (int second = 1; second <= 130; ++second) {
    clock.advance(std::chrono::seconds(1));
    events.progress("dump", static_cast<std::uint64_t>(second) << 20U, "bad\x1b[2Jname");
  }
  CHECK(out.text ==
        "working  dump (1 min, 60.0 MiB, 1.00 MiB/s)\n"
        "working  dump (2 min, 120 MiB, 1.00 MiB/s)\n");
}

TEST_CASE(
    "on a terminal a live line shows the item, fits the width and is wiped before a real line") {
  Written out;
  FakeClock clock;
  TextEvents events(out.sink(), clock, {.live = true, .columns = 40});
  events.step("dump", StepState::Started, "");
  clock.advance(std::chrono::seconds(1));
  events.progress("dump", 1U << 20U, "\x1b[2J" + std::string(100, 'x'));
  events.step("dump", StepState::Failed, "no");
  CHECK(out.text.find("working  dump (1.0 s, 1.00 MiB, 1.00 M") != std::string::npos);
  CHECK(out.text.ends_with("\r\x1b[Kfailed   dump (1.0 s, 1.00 MiB, 1.00 MiB/s): no\n"));
  CHECK(out.text.find("\x1b[2J") == std::string::npos);
}

TEST_CASE("where the whole is known, it is told how long the rest will take") {
  Written out;
  FakeClock clock;
  TextEvents events(out.sink(), clock, {});
  EventHub hub({&events});
  hub.expect("dump", 600U << 20U);
  hub.step("dump", StepState::Started, "");
  for (int minute = 1; minute <= 4; ++minute) {
    clock.advance(std::chrono::seconds(60));
    hub.progress("dump", static_cast<std::uint64_t>(minute) * (200U << 20U), "x");
  }
  CHECK(out.text ==
        "working  dump (1 min, 200 MiB of 600 MiB, 3.33 MiB/s, 2 min 1 s left)\n"
        "working  dump (2 min, 400 MiB of 600 MiB, 3.33 MiB/s, 1 min 1 s left)\n"
        "working  dump (3 min, 600 MiB, 3.33 MiB/s)\n"
        "working  dump (4 min, 800 MiB, 3.33 MiB/s)\n");
}

TEST_CASE("JSON lines can be read back, whatever bytes a name holds") {
  Written out;
  FakeClock clock;
  JsonlEvents events(out.sink(), clock);
  events.step("dump", StepState::Failed, "why\nnot");
  events.expect("dump", 100);
  events.progress("dump", 42, "odd \xff name");
  events.warning("", "careful");
  std::istringstream lines(out.text);
  std::vector<nlohmann::json> read;
  for (std::string line; std::getline(lines, line);) {
    read.push_back(nlohmann::json::parse(line));
  }
  REQUIRE(read.size() == 3);
  CHECK(read[0]["event"] == "step");
  CHECK(read[0]["state"] == "failed");
  CHECK(read[0]["detail"] == "why\nnot");
  CHECK(read[0]["time"] == "2026-11-22T02:30:00Z");
  CHECK(read[1]["bytes"] == 42);
  CHECK(read[1]["total"] == 100);
  CHECK(read[2]["message"] == "careful");
}

TEST_CASE("the hub hands one call at a time to all, and keeps bytes and warnings") {
  struct Unlocked final : Events {
    int calls = 0;  // no lock: the hub must give one call at a time (ThreadSanitizer looks)

    void step(std::string_view, StepState, std::string_view) override { ++calls; }

    void progress(std::string_view, std::uint64_t, std::string_view) override { ++calls; }

    void warning(std::string_view, std::string_view) override { ++calls; }
  };

  Unlocked first;
  Unlocked second;
  EventHub hub({&first, &second});
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&hub, thread] {
        for (std::uint64_t index = 1; index <= 1000; ++index) {
          hub.progress("step" + std::to_string(thread), index, "");
        }
        hub.warning("step" + std::to_string(thread), "w");
      });
    }
  }
  CHECK(first.calls == 4004);
  CHECK(second.calls == 4004);
  CHECK(hub.bytes("step2") == 1000);
  CHECK(hub.bytes("unknown") == 0);
  CHECK(hub.warnings().size() == 4);
}

}  // namespace backstay::runtime
