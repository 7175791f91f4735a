// What a step costs beside its own work: run by tests/bench/steps, not by the tests.
//
//   BENCH_STEPS=10000 BENCH_KIND=external|builtin BENCH_STATE=DIR [BENCH_BALLAST_MIB=N]
//   system_tests "[.bench-steps]"
#include <cstdlib>
#include <vector>

#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/executor.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/run_recorder.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/steps/commands.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

std::string given(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

struct Silent final : Events {
  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view) override {}
};

}  // namespace

TEST_CASE("10,000 steps that do nothing, with a durable journal", "[.bench-steps]") {
  const auto count = std::stoul(given("BENCH_STEPS", "10000"));
  const bool external = given("BENCH_KIND", "external") == "external";
  const std::vector<char> ballast(std::stoul(given("BENCH_BALLAST_MIB", "0")) << 20U, 'x');
  const std::vector<std::string> words = {"true"};
  std::vector<plan::Step> steps;
  for (std::size_t number = 0; number < count; ++number) {
    steps.push_back(test::step(
        "step-" + std::to_string(number), {},
        plan::RunCommand{
            .service = "bench", .moment = "before-backup", .command = words, .accepts = {0}}));
  }
  RealFilesystem files;
  RealClock clock;
  RealCommandRunner commands;
  Silent silent;
  EventHub hub({&silent});
  const auto journal =
      Journal::open(files, clock, given("BENCH_STATE", "/var/tmp"), new_run_id(clock));
  REQUIRE(journal);
  RunRecorder recorder(**journal, hub, nullptr);
  const StepFunction function = [&](const plan::Step&, const std::stop_token& stop) {
    if (!external) {
      return Result<void>();
    }
    auto command = command_of(words);
    command->drop_output = true;  // as run_accepted() does
    const auto exit = commands.run(*command, stop);
    return exit ? accept_exit(words, {0}, *exit) : Result<void>(exit.error());
  };
  const auto results = execute_graph(steps, function, recorder, clock, {.parallel = 2}, {});
  std::size_t done = 0;
  for (const StepResult& result : results) {
    done += result.end == StepEnd::Done ? 1 : 0;
  }
  CHECK(done == count);
  CHECK(ballast.size() != 1);
}

}  // namespace backstay::runtime
