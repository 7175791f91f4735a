#include "compiler/plan/verify.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

std::string failure(const Plan& plan) {
  const auto verified = verify(plan);
  REQUIRE_FALSE(verified.has_value());
  return verified.error().message;
}

}  // namespace

TEST_CASE("the sample plan holds its invariants", "[plan]") {
  CHECK(verify(test::sample_plan()));
}

TEST_CASE("a step that follows a later or unknown one is found", "[plan]") {
  Plan plan = test::sample_plan();
  plan.backups[0].backup[1].after = {"commit@ctl01"};
  CHECK(failure(plan).find("`dump.control-db@ctl01` follows `commit@ctl01`") != std::string::npos);
}

TEST_CASE("a step id that stands twice is found", "[plan]") {
  Plan plan = test::sample_plan();
  plan.backups[0].backup[2].id = "dump.control-db@ctl01";
  CHECK(failure(plan).find("two steps are called") != std::string::npos);
}

TEST_CASE("a restore that is not the exact reverse is found", "[plan]") {
  Plan plan = test::sample_plan();
  auto& restore = plan.backups[0].restore;
  for (Step& step : restore) {
    step.after.clear();
  }
  std::swap(restore[1], restore[2]);
  CHECK(failure(plan).find("exact reverse") != std::string::npos);
}

TEST_CASE("a component that the restore forgets is found", "[plan]") {
  Plan plan = test::sample_plan();
  plan.backups[0].restore.erase(plan.backups[0].restore.begin() + 2);
  plan.backups[0].restore[2].after = {"files.nova.etc@ctl01"};
  CHECK(failure(plan).find("exact reverse") != std::string::npos);
}

TEST_CASE("a target or server that the plan does not hold is found", "[plan]") {
  Plan without_target = test::sample_plan();
  without_target.targets.clear();
  CHECK(failure(without_target).find("`local`") != std::string::npos);
  Plan without_server = test::sample_plan();
  without_server.servers.clear();
  CHECK(failure(without_server).find("`control-db`") != std::string::npos);
}

TEST_CASE("a component that is captured twice is found", "[plan]") {
  Plan plan = test::sample_plan();
  std::get<CopySqlite>(plan.backups[0].backup[2].action).component = "nova.nova";
  CHECK(failure(plan).find("`nova.nova` is captured twice") != std::string::npos);
}

TEST_CASE("a step that undoes what it does not follow is found", "[plan]") {
  Plan plan = test::sample_plan();
  plan.backups[0].backup[3].undoes = "check@ctl01";
  CHECK(failure(plan).find("undoes `check@ctl01`, which it does not follow") != std::string::npos);
}

TEST_CASE("a command without a program is found", "[plan]") {
  Plan plan = test::sample_plan();
  plan.backups[0].backup[1].action =
      RunCommand{.service = "nova", .moment = "before-backup", .command = {}, .accepts = {0}};
  CHECK(failure(plan).find("runs an empty command") != std::string::npos);
}

TEST_CASE("an export that the restore does not know is found, wherever it stands in it", "[plan]") {
  Plan plan = test::sample_plan();
  auto& backup = plan.backups[0];
  backup.backup.insert(backup.backup.begin() + 4,
                       test::step("export.nova.cells@ctl01", {"check@ctl01"},
                                  CaptureOutput{.component = "nova.cells", .command = {"cells"}}));
  CHECK(failure(plan).find("does not read back what its backup exports") != std::string::npos);
  backup.restore.insert(backup.restore.begin() + 4,
                        test::step("feed.nova.cells@ctl01", {"check-snapshot@ctl01"},
                                   FeedCommand{.component = "nova.cells", .command = {}}));
  CHECK(verify(plan).has_value());
}

TEST_CASE("the graphs of drills and of copies are held to the same", "[plan]") {
  Plan plan = test::sample_plan();
  Drill drill;
  drill.name = "monthly";
  drill.target = "local";
  drill.steps = {test::step("finish-drill@ctl01", {"sandbox@ctl01"}, FinishDrill{})};
  plan.drills = {drill};
  CHECK(failure(plan).find("drill `monthly`") != std::string::npos);
  plan.drills.clear();
  Copy copy;
  copy.target = "local";
  copy.steps = {test::step("copy.far@ctl01", {}, CopySnapshot{.source = "local", .target = "far"})};
  plan.backups[0].copies = {copy};
  CHECK(failure(plan).find("names `far`, which the plan does not hold") != std::string::npos);
}

}  // namespace backstay::plan
