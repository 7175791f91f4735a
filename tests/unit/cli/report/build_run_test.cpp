#include "cli/report/build_run.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::cli::testing {
namespace {

using std::chrono::milliseconds;

KnownStep step(const std::string& id,
               std::vector<std::string> after,
               int began,
               int took,
               const std::string& state = "done") {
  return {.id = id,
          .kind = "archive-files",
          .state = state,
          .after = std::move(after),
          .began = milliseconds(began),
          .took = milliseconds(took)};
}

RunChart chart_of(std::vector<KnownStep> steps) {
  const auto calendar = PlanCalendar::of(test::sample_plan());
  return build_run({.id = "r",
                    .what = "backup",
                    .backup = "b",
                    .started = "2026-11-22T02:30:00Z",
                    .steps = std::move(steps)},
                   {}, *calendar);
}

std::string critical(const RunChart& chart) {
  std::string ids;
  for (const RunBar& bar : chart.bars)
    ids += bar.critical ? bar.id : "";
  return ids;
}

}  // namespace

TEST_CASE("the critical path leads back through the slowest of what each step waited for",
          "[report]") {
  const RunChart chart = chart_of({step("a", {}, 0, 10), step("b", {"a"}, 10, 50),
                                   step("c", {"a"}, 10, 90), step("d", {"b", "c"}, 100, 20)});
  CHECK(critical(chart) == "acd");
  CHECK(chart.took == milliseconds(120));
  CHECK(chart.critical == milliseconds(120));
}

TEST_CASE("a step beside the path is not on it, however long it waited for nothing", "[report]") {
  const RunChart chart =
      chart_of({step("a", {}, 0, 100), step("b", {}, 0, 95), step("c", {"b"}, 95, 30)});
  CHECK(critical(chart) == "bc");
  CHECK(chart.took == milliseconds(125));
}

TEST_CASE("a step that waited for a place follows the one that left it", "[report]") {
  // Two run at once: c needs a alone, and begins when d makes room.
  const RunChart chart = chart_of({step("a", {}, 0, 10), step("b", {"a"}, 10, 490),
                                   step("d", {"a"}, 10, 290), step("c", {"a"}, 300, 400)});
  CHECK(critical(chart) == "adc");
  CHECK(chart.critical == milliseconds(700));
}

TEST_CASE("what was skipped takes no time and is last", "[report]") {
  const RunChart chart =
      chart_of({step("s", {"a"}, 0, 0, "skipped"), step("a", {}, 5, 10, "failed")});
  REQUIRE(chart.bars.size() == 2);
  CHECK(chart.bars.back().id == "s");
  CHECK(critical(chart) == "a");
}

TEST_CASE("a run of an earlier version has no times, and is not drawn by guesses", "[report]") {
  KnownStep untimed = step("a", {}, 0, 10);
  untimed.began.reset();
  const RunChart chart = chart_of({untimed});
  CHECK_FALSE(chart.timed);
  CHECK(critical(chart).empty());
}

TEST_CASE("steps that name each other do not lead in circles", "[report]") {
  const RunChart chart = chart_of({step("a", {"b"}, 0, 10), step("b", {"a"}, 10, 10)});
  CHECK(critical(chart) == "ab");
}

}  // namespace backstay::cli::testing
