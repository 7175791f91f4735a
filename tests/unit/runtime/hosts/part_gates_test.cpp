// A run at its barriers: what callers write decides what may start.
#include "runtime/hosts/part_gates.hpp"

#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

/// check@a, dump@a after stop@b, archive@a after archive@b and dump@a
std::vector<plan::Step> two_hosts() {
  const auto on = [](plan::Step step) {
    step.host = step.id.substr(step.id.find('@') + 1);
    return step;
  };
  const plan::Action capture = plan::CopySqlite{.component = "c", .path = "/c"};
  return {on(test::step("check@a", {}, plan::CheckSources{})),
          on(test::step("stop@b", {}, plan::StopUnits{})),
          on(test::step("archive@b", {"stop@b"}, capture)),
          on(test::step("dump@a", {"check@a", "stop@b"}, capture)),
          on(test::step("archive@a", {"archive@b", "dump@a"}, capture))};
}

struct Fixture {
  test::TemporaryDirectory directory;
  test::FakeClock clock;
  RealFilesystem files;
  test::ScriptedRunner commands;
  World world{.clock = clock, .files = files, .commands = commands, .directories = {}};
  std::vector<plan::Step> graph = two_hosts();
  PartGates gates{
      world,
      graph,
      {.directory = directory.path(), .host = "a", .longest_wait = std::chrono::seconds(60)}};

  void say(const GateFile& gate) { REQUIRE(write_gate(files, directory.path(), gate)); }

  Gate ask(std::size_t step) { return gates.ask(graph[step]).gate; }

  /// The watcher looks ten times a second.
  template <typename Test>
  bool soon(const Test& test) const {
    for (int round = 0; round < 300 && !test(); ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return test();
  }
};

}  // namespace

TEST_CASE("a step starts at its phase, where what it waits for elsewhere ended well") {
  Fixture fixture;
  fixture.say({.open = 0});
  REQUIRE(fixture.gates.begin());
  CHECK(fixture.ask(0) == Gate::Open);
  CHECK(fixture.ask(3) == Gate::Closed);

  SECTION("with a word of it") {
    fixture.say({.open = 1, .hosts = {"a", "b"}, .done = {"stop@b"}});
    CHECK(fixture.soon([&] { return fixture.ask(3) == Gate::Open; }));
  }
  SECTION("without one it is lost, and says what is missing") {
    fixture.say({.open = 1, .hosts = {"a", "b"}});
    CHECK(fixture.soon([&] { return fixture.ask(3) == Gate::Lost; }));
    CHECK(fixture.gates.ask(fixture.graph[3]).because.find("stop@b") != std::string::npos);
  }
  SECTION("of a host that takes no part nobody waits for a word") {
    fixture.say({.open = 1, .hosts = {"a"}});
    CHECK(fixture.soon([&] { return fixture.ask(3) == Gate::Open; }));
  }
  SECTION("a capture only comes after another one: that one's failure loses nothing") {
    fixture.say({.open = 1, .hosts = {"a", "b"}, .done = {"stop@b"}});
    CHECK(fixture.soon([&] { return fixture.ask(4) == Gate::Open; }));
  }
}

TEST_CASE("a barrier that nobody opens ends the run after its longest wait") {
  Fixture fixture;
  fixture.say({.open = 0});
  REQUIRE(fixture.gates.begin());
  fixture.clock.advance(std::chrono::seconds(120));
  CHECK(fixture.ask(3) == Gate::Closed);  // waits from now on
  CHECK_FALSE(fixture.gates.stop().stop_requested());
  fixture.clock.advance(std::chrono::seconds(61));
  CHECK(fixture.soon([&] { return fixture.gates.stop().stop_requested(); }));
  CHECK(fixture.gates.why_stopped().find("dump@a") != std::string::npos);
}

TEST_CASE("a run that is given up stops, and a stop from elsewhere is one, too") {
  Fixture fixture;
  fixture.say({.open = 0});
  REQUIRE(fixture.gates.begin());
  SECTION("given up") {
    fixture.say({.open = 0, .release = true});
    CHECK(fixture.soon([&] { return fixture.gates.stop().stop_requested(); }));
    CHECK_FALSE(fixture.gates.why_stopped().empty());
  }
  SECTION("given up where nothing can be written: the gate is gone") {
    REQUIRE(fixture.files.unlink(fixture.directory.path() + "/gate.json"));
    CHECK(fixture.soon([&] { return fixture.gates.stop().stop_requested(); }));
    CHECK_FALSE(fixture.gates.why_stopped().empty());
  }
  SECTION("a signal") {
    std::stop_source signal;
    fixture.gates.also_stop_on(signal.get_token());
    signal.request_stop();
    CHECK(fixture.gates.stop().stop_requested());
    CHECK(fixture.gates.why_stopped().empty());
  }
}

TEST_CASE("a run that cannot tell how it stands does not wait for others, who would wait for it") {
  Fixture fixture;
  fixture.say({.open = 0});
  REQUIRE(fixture.gates.begin());
  // Also root cannot rename a file over a directory.
  const std::string progress = fixture.directory.path() + "/progress.json";
  REQUIRE(fixture.files.unlink(progress));
  REQUIRE(make_directories(fixture.files, progress + "/in-the-way", 0700));
  fixture.gates.step("check@a", StepState::Done, "");
  CHECK_FALSE(fixture.gates.stop().stop_requested());
  CHECK(fixture.ask(3) == Gate::Closed);
  CHECK(fixture.soon([&] { return fixture.gates.stop().stop_requested(); }));
  CHECK(fixture.gates.why_stopped().find("dump@a") != std::string::npos);
}

TEST_CASE("what ended, and what a restore leaves out, can be read by callers") {
  Fixture fixture;
  fixture.say({.open = 0});
  REQUIRE(fixture.gates.begin());
  fixture.gates.leave_out({fixture.graph[0]});
  fixture.gates.step("check@a", StepState::Started, "");
  fixture.gates.step("check@a", StepState::Done, "");
  const auto progress = read_progress(fixture.files, fixture.directory.path());
  REQUIRE(progress);
  CHECK(progress->steps == std::map<std::string, StepState>{{"check@a", StepState::Done}});
  CHECK(progress->left_out == std::vector<std::string>{"dump@a", "archive@a"});
  // A second run of the same part does not begin beside it.
  PartGates other(fixture.world, fixture.graph,
                  {.directory = fixture.directory.path(),
                   .host = "a",
                   .longest_wait = std::chrono::seconds(60)});
  const auto begun = other.begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().kind == ErrorKind::Busy);
}

TEST_CASE("what callers say is read strictly, and names of sets are names") {
  CHECK(
      parse_elsewhere(R"({"hosts": ["a"], "done": ["x@b"], "open": 7, "release": true})").value() ==
      GateFile{.open = 0, .hosts = {"a"}, .done = {"x@b"}, .release = false});
  CHECK_FALSE(parse_elsewhere("[]"));
  CHECK_FALSE(parse_elsewhere(R"({"done": [1]})"));
  CHECK(check_set_name("20261122T023000Z-1a2b3c4d"));
  for (const char* bad : {"", "..", "a/b", "-x", "a b", "é"}) {
    CHECK_FALSE(check_set_name(bad));
  }
}

}  // namespace backstay::runtime
