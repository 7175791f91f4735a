#include "runtime/executor/schedule.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

using test::step;

const plan::Action kCheck = plan::CheckSources{};
const plan::Action kCapture = plan::CopySqlite{.component = "c", .path = "/c"};
const plan::Action kCommit = plan::CommitSnapshot{.target = "local"};

template <typename Indices>
std::string names(const std::vector<plan::Step>& steps, const Indices& indices) {
  std::string text;
  for (const auto index : indices) {
    text += (text.empty() ? "" : " ") + steps[index].id;
  }
  return text;
}

std::string skipped(const std::vector<plan::Step>& steps, Schedule& schedule) {
  std::string text;
  for (const auto& entry : schedule.take_skipped()) {
    text += (text.empty() ? "" : "; ") + steps[entry.step].id + ": " + entry.because;
  }
  return text;
}

void run(Schedule& schedule, std::size_t index, StepEnd how) {
  schedule.started(index);
  schedule.ended(index, how);
}

/// check → dump, sqlite → archive → commit (always) → verify
std::vector<plan::Step> backup_steps() {
  auto steps = std::vector<plan::Step>{step("check", {}, kCheck),
                                       step("dump", {"check"}, kCapture),
                                       step("sqlite", {"check"}, kCapture),
                                       step("archive", {"dump", "sqlite"}, kCapture),
                                       step("commit", {"archive"}, kCommit),
                                       step("verify", {"commit"}, plan::VerifySnapshot{})};
  steps[4].always = true;
  return steps;
}

}  // namespace

TEST_CASE("a step is ready when all that it follows has ended, in the order of the plan") {
  const auto steps = backup_steps();
  Schedule schedule(steps);
  CHECK(names(steps, schedule.ready()) == "check");
  schedule.started(0);
  CHECK(schedule.ready().empty());
  schedule.ended(0, StepEnd::Done);
  CHECK(names(steps, schedule.ready()) == "dump sqlite");
  run(schedule, 1, StepEnd::Done);
  CHECK(names(steps, schedule.ready()) == "sqlite");
  run(schedule, 2, StepEnd::Partial);
  CHECK(names(steps, schedule.ready()) == "archive");
  CHECK_FALSE(schedule.finished());
}

TEST_CASE("a failed step skips its dependants, not its siblings") {
  const auto steps = std::vector<plan::Step>{step("a", {}, kCheck), step("b", {"a"}, kCommit),
                                             step("c", {"a"}, kCommit), step("d", {"b"}, kCommit),
                                             step("e", {"d"}, kCommit)};
  Schedule schedule(steps);
  run(schedule, 0, StepEnd::Done);
  run(schedule, 1, StepEnd::Failed);
  CHECK(names(steps, schedule.ready()) == "c");
  CHECK(skipped(steps, schedule) == "d: `b` failed; e: `d` was skipped");
  run(schedule, 2, StepEnd::Done);
  CHECK(schedule.finished());
}

TEST_CASE("an always step runs whatever became of the others, and what follows it goes on") {
  const auto steps = backup_steps();
  Schedule schedule(steps);
  run(schedule, 0, StepEnd::Failed);
  CHECK(skipped(steps, schedule) ==
        "dump: `check` failed; sqlite: `check` failed; archive: `dump` was skipped");
  CHECK(names(steps, schedule.ready()) == "commit");
  run(schedule, 4, StepEnd::Done);
  CHECK(names(steps, schedule.ready()) == "verify");
}

TEST_CASE("a capture that failed does not skip the captures after it, only orders them") {
  const auto steps = backup_steps();
  Schedule schedule(steps);
  run(schedule, 0, StepEnd::Done);
  schedule.started(1);
  schedule.started(2);
  schedule.ended(1, StepEnd::Failed);
  CHECK(schedule.ready().empty());  // the order still holds: sqlite is under way
  schedule.ended(2, StepEnd::Done);
  CHECK(names(steps, schedule.ready()) == "archive");
  CHECK(skipped(steps, schedule).empty());
}

TEST_CASE("after a stop only always steps start") {
  const auto steps = backup_steps();
  Schedule schedule(steps);
  run(schedule, 0, StepEnd::Done);
  schedule.started(1);
  schedule.stop();
  CHECK(schedule.ready().empty());
  CHECK(skipped(steps, schedule) == "sqlite: the run was stopped");
  schedule.ended(1, StepEnd::Failed);  // only now may what lies behind it be settled
  CHECK(skipped(steps, schedule) == "archive: the run was stopped");
  CHECK(names(steps, schedule.ready()) == "commit");
  run(schedule, 4, StepEnd::Done);
  CHECK(skipped(steps, schedule) == "verify: the run was stopped");
  CHECK(schedule.finished());
}

TEST_CASE("an always step does not start while something that lies before it still runs") {
  auto steps = std::vector<plan::Step>{step("bad", {}, kCheck), step("long", {}, kCheck),
                                       step("next", {"bad", "long"}, kCommit),
                                       step("release", {"next"}, kCommit)};
  steps[3].always = true;
  Schedule schedule(steps);
  schedule.started(0);
  schedule.started(1);
  schedule.ended(0, StepEnd::Failed);
  CHECK(schedule.ready().empty());
  schedule.ended(1, StepEnd::Done);
  CHECK(skipped(steps, schedule) == "next: `bad` failed");
  CHECK(names(steps, schedule.ready()) == "release");
}

TEST_CASE("steps that are not in the graph count as done") {
  const auto steps = std::vector<plan::Step>{step("b", {"a@other"}, kCheck)};
  const Schedule schedule(steps);
  CHECK(names(steps, schedule.ready()) == "b");
  CHECK(Schedule({}).finished());
}

TEST_CASE("components of steps are those of their databases, files and accounts") {
  const auto plan = test::sample_plan();
  const auto& steps = plan.backups[0].backup;
  CHECK(components_of(steps[0].action).empty());
  CHECK(components_of(steps[1].action) ==
        std::vector<std::string>{"nova.nova", "control-db.accounts"});
  CHECK(components_of(steps[3].action) == std::vector<std::string>{"nova.etc"});
}

// Any graph, any ends, any order of starting: compared with a definition by recursion.
TEST_CASE("every step ends once, in order, and skipped is exactly what follows a failure") {
  const bool holds = rc::check("schedule", [] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    std::vector<plan::Step> steps;
    std::vector<StepEnd> ends;
    for (std::size_t index = 0; index < count; ++index) {
      std::vector<std::string> after;
      for (std::size_t before = 0; before < index; ++before) {
        if (*rc::gen::inRange(0, 3) == 0) {
          after.push_back(std::to_string(before));
        }
      }
      auto made =
          step(std::to_string(index), after, *rc::gen::arbitrary<bool>() ? kCapture : kCommit);
      made.always = *rc::gen::inRange(0, 5) == 0;
      steps.push_back(made);
      ends.push_back(*rc::gen::element(StepEnd::Done, StepEnd::Partial, StepEnd::Failed));
    }
    // The oracle: walk in topological order.
    std::vector<StepEnd> expected;
    for (std::size_t index = 0; index < count; ++index) {
      bool blocked = false;
      for (const auto& id : steps[index].after) {
        const auto before = std::stoul(id);
        const bool order_only = captures(steps[index].action) && captures(steps[before].action);
        blocked = blocked || expected[before] == StepEnd::Skipped ||
                  (expected[before] == StepEnd::Failed && !order_only);
      }
      expected.push_back(blocked && !steps[index].always ? StepEnd::Skipped : ends[index]);
    }
    Schedule schedule(steps);
    std::map<std::size_t, StepEnd> seen;
    const auto take = [&] {
      for (const auto& entry : schedule.take_skipped()) {
        RC_ASSERT(seen.emplace(entry.step, StepEnd::Skipped).second);
      }
    };
    take();
    while (!schedule.finished()) {
      const std::vector<std::size_t> ready(schedule.ready().begin(), schedule.ready().end());
      RC_ASSERT(!ready.empty());
      const auto chosen = ready[*rc::gen::inRange<std::size_t>(0, ready.size())];
      for (const auto& id : steps[chosen].after) {
        RC_ASSERT(seen.contains(std::stoul(id)));
      }
      run(schedule, chosen, ends[chosen]);
      RC_ASSERT(seen.emplace(chosen, ends[chosen]).second);
      take();
    }
    RC_ASSERT(seen.size() == count);
    for (std::size_t index = 0; index < count; ++index) {
      RC_ASSERT(seen[index] == expected[index]);
    }
  });
  CHECK(holds);
}

TEST_CASE("what undoes a step runs once that one began, however it and its followers ended") {
  for (const StepEnd how : {StepEnd::Done, StepEnd::Failed}) {
    auto steps = std::vector<plan::Step>{step("stop", {}, kCheck), step("dump", {"stop"}, kCapture),
                                         step("start", {"dump", "stop"}, kCheck)};
    steps[2].always = true;
    steps[2].undoes = "stop";
    Schedule schedule(steps);
    run(schedule, 0, how);
    if (how == StepEnd::Done) {
      run(schedule, 1, StepEnd::Failed);
    }
    CHECK(names(steps, schedule.ready()) == "start");
  }
}

TEST_CASE("what undoes a step is skipped where that one never began") {
  auto steps = std::vector<plan::Step>{step("check", {}, kCheck), step("stop", {"check"}, kCheck),
                                       step("start", {"stop"}, kCheck)};
  steps[2].always = true;
  steps[2].undoes = "stop";
  Schedule schedule(steps);
  run(schedule, 0, StepEnd::Failed);
  CHECK(schedule.finished());
  CHECK(skipped(steps, schedule) == "stop: `check` failed; start: `stop` never began");
}

namespace {

/// Lets a test open, close and lose steps by their ids.
struct ScriptedGates final : Gates {
  std::map<std::string, GateAnswer> answers;

  GateAnswer ask(const plan::Step& step) override { return answers[step.id]; }
};

}  // namespace

TEST_CASE("a step that waits for another host starts once its gate is open") {
  const auto steps =
      std::vector<plan::Step>{step("check", {}, kCheck), step("archive", {"check"}, kCapture)};
  ScriptedGates gates;
  gates.answers["archive"] = {.gate = Gate::Closed};
  Schedule schedule(steps, &gates);
  run(schedule, 0, StepEnd::Done);
  CHECK(schedule.ready().empty());
  CHECK_FALSE(schedule.finished());
  gates.answers["archive"] = {};
  schedule.look_again();
  CHECK(names(steps, schedule.ready()) == "archive");
}

TEST_CASE("what other hosts did not do well skips a step, but not one that runs always") {
  auto steps =
      std::vector<plan::Step>{step("stop", {}, kCheck), step("archive", {"stop"}, kCapture),
                              step("start", {"archive", "stop"}, kCheck)};
  steps[2].always = true;
  ScriptedGates gates;
  gates.answers["archive"] = {.gate = Gate::Lost, .because = "no word of `dump@ctl`"};
  gates.answers["start"] = {.gate = Gate::Lost, .because = "no word of `dump@ctl`"};
  Schedule schedule(steps, &gates);
  run(schedule, 0, StepEnd::Done);
  CHECK(names(steps, schedule.ready()) == "start");
  CHECK(skipped(steps, schedule) == "archive: no word of `dump@ctl`");
}

TEST_CASE("what another host did not do well costs only the captures that need it") {
  const auto steps =
      std::vector<plan::Step>{step("dump", {}, kCapture), step("archive", {"dump"}, kCapture)};
  ScriptedGates gates;
  gates.answers["dump"] = {.gate = Gate::Lost, .because = "no word of `stop@compute`"};
  Schedule schedule(steps, &gates);
  CHECK(skipped(steps, schedule) == "dump: no word of `stop@compute`");
  CHECK(names(steps, schedule.ready()) == "archive");
}

TEST_CASE("what is held for another host is not released early because an own step failed") {
  auto steps =
      std::vector<plan::Step>{step("stop", {}, kCheck), step("archive", {"stop"}, kCapture),
                              step("start", {"archive", "stop"}, kCheck)};
  steps[2].always = true;
  ScriptedGates gates;
  gates.answers["start"] = {.gate = Gate::Closed};
  Schedule schedule(steps, &gates);
  run(schedule, 0, StepEnd::Done);
  run(schedule, 1, StepEnd::Failed);
  CHECK(schedule.ready().empty());

  SECTION("but when the others are through") {
    gates.answers["start"] = {};
    schedule.look_again();
  }
  SECTION("or when the run is stopped, whatever the others do") {
    schedule.stop();
  }
  CHECK(names(steps, schedule.ready()) == "start");
}

}  // namespace backstay::runtime
