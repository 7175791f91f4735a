#include "runtime/executor/executor.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

using test::FakeClock;
using test::step;

/// Writes down what it is told.
class NoteRecorder final : public Recorder {
 public:
  void started(const plan::Step& step) override { notes.push_back("+" + step.id); }

  void ended(const plan::Step& step, const StepResult& result) override {
    const auto mark = result.end == StepEnd::Done      ? "-"
                      : result.end == StepEnd::Partial ? "~"
                      : result.end == StepEnd::Failed  ? "!"
                                                       : "/";
    notes.push_back(mark + step.id);
  }

  std::vector<std::string> notes;
};

plan::Step commit_step(const std::string& id, std::vector<std::string> after = {}) {
  return step(id, std::move(after), plan::CommitSnapshot{.target = "local"});
}

Error failure(const std::string& what) {
  return Error{.kind = ErrorKind::ToolFailed, .message = what};
}

/// Waits for the stop, as a step that runs a program does.
Result<void> wait_for(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return failure("the pipe broke");
}

/// Lasting is slow: what was handed on lasts once settle() was called.
struct SlowRecorder : Recorder {
  std::mutex mutex;
  std::vector<std::string> told;
  std::vector<std::string> handed;
  std::set<std::string> lasts;
  std::uint64_t number = 0;
  std::atomic<std::uint64_t> lasting_number = 0;
  std::atomic<int> syncs = 0;

  void due(const plan::Step& step) override { told.push_back("?" + step.id); }

  void started(const plan::Step& step) override { told.push_back("+" + step.id); }

  void ended(const plan::Step& step, const StepResult&) override { told.push_back("-" + step.id); }

  std::uint64_t hand_on() override {
    const std::lock_guard lock(mutex);
    if (!told.empty()) {
      ++number;
      handed.insert(handed.end(), told.begin(), told.end());
      told.clear();
    }
    return number;
  }

  std::uint64_t lasting() override { return lasting_number; }

  void settle() override {
    const std::lock_guard lock(mutex);
    syncs += number > lasting_number ? 1 : 0;
    lasts.insert(handed.begin(), handed.end());
    lasting_number = number;
  }
};

}  // namespace

TEST_CASE("no step begins before its being due and the ends of what it follows last") {
  std::vector<plan::Step> steps = {commit_step("a0")};
  for (int number = 1; number < 40; ++number) {
    steps.push_back(commit_step("a" + std::to_string(number), {steps[(number - 1) / 3].id}));
  }
  const auto parallel = GENERATE(std::size_t{1}, std::size_t{4});
  SlowRecorder recorder;
  FakeClock clock;
  std::atomic<int> early = 0;
  const StepFunction function = [&](const plan::Step& step, const std::stop_token&) {
    const std::lock_guard lock(recorder.mutex);
    bool all = recorder.lasts.contains("?" + step.id);
    for (const std::string& before : step.after) {
      all = all && recorder.lasts.contains("-" + before);
    }
    early += all ? 0 : 1;
    return Result<void>();
  };
  const auto results =
      execute_graph(steps, function, recorder, clock, {.parallel = parallel}, std::stop_token());
  CHECK(results.size() == 40);
  CHECK(early == 0);
  CHECK(recorder.lasts.size() == 120);
}

TEST_CASE("a start is written before the step begins, though it lasts only later") {
  std::vector<plan::Step> steps;
  for (int number = 0; number < 30; ++number) {
    steps.push_back(commit_step("a" + std::to_string(number)));
  }
  SlowRecorder recorder;
  FakeClock clock;
  std::atomic<int> unwritten = 0;
  const StepFunction function = [&](const plan::Step& step, const std::stop_token&) {
    const std::lock_guard lock(recorder.mutex);
    const auto& all = recorder.handed;
    unwritten += std::find(all.begin(), all.end(), "+" + step.id) == all.end() ? 1 : 0;
    return Result<void>();
  };
  (void)execute_graph(steps, function, recorder, clock, {.parallel = 2}, {});
  CHECK(unwritten == 0);
}

TEST_CASE("a step whose turn was recorded before does not wait for the disk") {
  struct StuckRecorder final : SlowRecorder {
    std::atomic<int> ended_steps = 0;
    std::atomic<bool> kept_waiting = false;

    void ended(const plan::Step& step, const StepResult& result) override {
      SlowRecorder::ended(step, result);
      ++ended_steps;
    }

    // The first group is durable; then the disk answers nobody until all of them have ended.
    void settle() override {
      for (int waited = 0; lasting_number > 0 && ended_steps < 6; ++waited) {
        if (waited == 5000) {
          kept_waiting = true;
          break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      SlowRecorder::settle();
    }
  };

  std::vector<plan::Step> steps;
  for (int number = 0; number < 6; ++number) {
    steps.push_back(commit_step("a" + std::to_string(number)));
  }
  StuckRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step&, const std::stop_token&) {
    return Result<void>();
  };
  (void)execute_graph(steps, function, recorder, clock, {.parallel = 2}, {});
  CHECK(recorder.ended_steps == 6);
  CHECK_FALSE(recorder.kept_waiting);
}

TEST_CASE("a thousand steps that wait for nothing share few syncs") {
  std::vector<plan::Step> steps;
  for (int number = 0; number < 1000; ++number) {
    steps.push_back(commit_step(std::to_string(number)));
  }
  SlowRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step&, const std::stop_token&) {
    return Result<void>();
  };
  (void)execute_graph(steps, function, recorder, clock, {.parallel = 2}, {});
  CHECK(recorder.lasts.size() == 3000);
  CHECK(recorder.syncs < 100);
}

TEST_CASE("one at a time means in the order of the plan, also where a later step waits for less") {
  const std::vector<plan::Step> steps = {commit_step("a"), commit_step("b", {"a"}),
                                         commit_step("c"), commit_step("d", {"b"}),
                                         commit_step("e")};
  SlowRecorder recorder;
  FakeClock clock;
  std::string order;
  const StepFunction function = [&](const plan::Step& step, const std::stop_token&) {
    order += step.id;
    return Result<void>();
  };
  (void)execute_graph(steps, function, recorder, clock, {.parallel = 1}, {});
  CHECK(order == "abcde");
}

TEST_CASE("a graph runs to its end, and each end is recorded before what depends on it starts") {
  const std::vector<plan::Step> steps = {commit_step("a"), commit_step("b", {"a"}),
                                         commit_step("c", {"b"})};
  NoteRecorder recorder;
  FakeClock clock;
  const StepFunction function = [&](const plan::Step& done,
                                    const std::stop_token&) -> Result<void> {
    if (done.id == "b") {
      clock.advance(std::chrono::seconds(3));
    }
    return {};
  };
  const auto results = execute_graph(steps, function, recorder, clock, {}, {});
  CHECK(recorder.notes == std::vector<std::string>{"+a", "-a", "+b", "-b", "+c", "-c"});
  REQUIRE(results.size() == 3);
  CHECK(results[0].end == StepEnd::Done);
  CHECK(results[0].duration.count() == 0);
  CHECK(results[1].duration == std::chrono::seconds(3));
}

TEST_CASE("failures and skips are in the results, and siblings run") {
  const std::vector<plan::Step> steps = {commit_step("bad"), commit_step("good"),
                                         commit_step("after-bad", {"bad"})};
  NoteRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step& done, const std::stop_token&) -> Result<void> {
    return done.id == "bad" ? Result<void>(failure("no")) : Result<void>();
  };
  const auto results = execute_graph(steps, function, recorder, clock, {.parallel = 1}, {});
  CHECK(recorder.notes == std::vector<std::string>{"+bad", "!bad", "/after-bad", "+good", "-good"});
  CHECK(results[0].error->message == "no");
  CHECK(results[1].end == StepEnd::Done);
  CHECK(results[2].because == "`bad` failed");
}

TEST_CASE("a Partial error lets dependants run") {
  const std::vector<plan::Step> steps = {commit_step("a"), commit_step("b", {"a"})};
  NoteRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step& done, const std::stop_token&) -> Result<void> {
    return done.id == "a" ? Result<void>(Error{.kind = ErrorKind::Partial, .message = "half"})
                          : Result<void>();
  };
  const auto results = execute_graph(steps, function, recorder, clock, {}, {});
  CHECK(recorder.notes == std::vector<std::string>{"+a", "~a", "+b", "-b"});
  CHECK(results[0].error->message == "half");
}

TEST_CASE("at most so many steps run at once as are allowed, and that many do") {
  std::vector<plan::Step> steps;
  for (int index = 0; index < 12; ++index) {
    steps.push_back(commit_step(std::to_string(index)));
  }
  for (const std::size_t limit : {1U, 3U}) {
    std::atomic<std::size_t> at_once = 0;
    std::atomic<std::size_t> most = 0;
    const StepFunction function = [&](const plan::Step&, const std::stop_token&) -> Result<void> {
      const auto now = ++at_once;
      most = std::max(most.load(), now);
      for (int waited = 0; waited < 2000 && most < limit; ++waited) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      --at_once;
      return {};
    };
    NoteRecorder recorder;
    FakeClock clock;
    (void)execute_graph(steps, function, recorder, clock, {.parallel = limit}, {});
    CHECK(most == limit);
    CHECK(recorder.notes.size() == 24);
  }
}

TEST_CASE("a stop ends what runs, skips the rest and still runs always steps to their end") {
  std::vector<plan::Step> steps = {commit_step("long"), commit_step("next", {"long"}),
                                   commit_step("release", {"next"})};
  steps[2].always = true;
  std::stop_source source;
  bool release_was_stopped = true;
  const StepFunction function = [&](const plan::Step& done,
                                    const std::stop_token& stop) -> Result<void> {
    if (done.id == "long") {
      source.request_stop();
      return wait_for(stop);
    }
    release_was_stopped = stop.stop_requested();
    return {};
  };
  NoteRecorder recorder;
  FakeClock clock;
  const auto results = execute_graph(steps, function, recorder, clock, {}, source.get_token());
  CHECK(recorder.notes ==
        std::vector<std::string>{"+long", "!long", "/next", "+release", "-release"});
  CHECK(results[0].error->kind == ErrorKind::Interrupted);
  CHECK_FALSE(release_was_stopped);
}

TEST_CASE("a stop before the start starts nothing") {
  const std::vector<plan::Step> steps = {commit_step("a")};
  std::stop_source source;
  source.request_stop();
  NoteRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step&, const std::stop_token&) {
    return Result<void>();
  };
  const auto results = execute_graph(steps, function, recorder, clock, {}, source.get_token());
  CHECK(results[0].end == StepEnd::Skipped);
}

TEST_CASE("a step over its time is stopped and says so; the others go on") {
  std::vector<plan::Step> steps = {commit_step("slow"), commit_step("other")};
  steps[0].timeout = Duration{60};
  FakeClock clock;
  std::atomic<bool> other_stopped = false;
  const StepFunction function = [&](const plan::Step& done,
                                    const std::stop_token& stop) -> Result<void> {
    if (done.id == "slow") {
      clock.advance(std::chrono::seconds(61));
      return wait_for(stop);
    }
    other_stopped = stop.stop_requested();
    return {};
  };
  NoteRecorder recorder;
  const auto results = execute_graph(steps, function, recorder, clock, {}, {});
  CHECK(results[0].error->kind == ErrorKind::Timeout);
  CHECK(results[0].error->message == "`slow` did not end within 1 min");
  CHECK(results[1].end == StepEnd::Done);
  CHECK_FALSE(other_stopped);
}

TEST_CASE("a run over its time is stopped as a whole") {
  const std::vector<plan::Step> steps = {commit_step("a"), commit_step("b", {"a"})};
  FakeClock clock;
  const StepFunction function = [&](const plan::Step&,
                                    const std::stop_token& stop) -> Result<void> {
    clock.advance(std::chrono::hours(3));
    return wait_for(stop);
  };
  NoteRecorder recorder;
  const auto results = execute_graph(steps, function, recorder, clock,
                                     {.parallel = 2, .deadline = std::chrono::hours(2)}, {});
  CHECK(results[0].error->kind == ErrorKind::Timeout);
  CHECK(results[1].end == StepEnd::Skipped);
}

TEST_CASE("an exception of one step is its failure alone") {
  const std::vector<plan::Step> steps = {commit_step("bug"), commit_step("fine")};
  NoteRecorder recorder;
  FakeClock clock;
  const StepFunction function = [](const plan::Step& done, const std::stop_token&) -> Result<void> {
    if (done.id == "bug") {
      throw std::runtime_error("broken promise");
    }
    return {};
  };
  const auto results = execute_graph(steps, function, recorder, clock, {}, {});
  CHECK(results[0].error->message == "internal error: broken promise");
  CHECK(results[1].end == StepEnd::Done);
}

TEST_CASE("a thousand short steps on many threads all end") {
  std::vector<plan::Step> steps;
  for (int index = 0; index < 1000; ++index) {
    steps.push_back(index < 10 ? commit_step(std::to_string(index))
                               : commit_step(std::to_string(index), {std::to_string(index - 10)}));
  }
  std::atomic<int> ran = 0;
  const StepFunction function = [&](const plan::Step&, const std::stop_token&) -> Result<void> {
    ++ran;
    return {};
  };
  NoteRecorder recorder;
  FakeClock clock;
  (void)execute_graph(steps, function, recorder, clock, {.parallel = 8}, {});
  CHECK(ran == 1000);
}

}  // namespace backstay::runtime
