#include "runtime/executor/choose.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {

TEST_CASE("the only backup needs no name; of several one is named") {
  auto plan = test::sample_plan();
  CHECK(choose_backup(plan, "").value()->name == "controller");
  auto second = plan.backups[0];
  second.name = "compute";
  plan.backups.push_back(second);
  CHECK(choose_backup(plan, "compute").value()->name == "compute");
  const auto unnamed = choose_backup(plan, "");
  REQUIRE_FALSE(unnamed);
  CHECK(unnamed.error().kind == ErrorKind::Usage);
  CHECK(unnamed.error().hint == "name one with --backup: controller, compute");
}

TEST_CASE("an unknown backup is answered with the nearest one") {
  const auto plan = test::sample_plan();
  const auto unknown = choose_backup(plan, "controler");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == ErrorKind::Usage);
  CHECK(unknown.error().hint == "did you mean `controller`?");
}

TEST_CASE("a plan with one host runs on this machine, whatever its name") {
  const auto plan = test::sample_plan();
  CHECK(choose_host(plan.backups[0], "", "replacement").value() == "ctl01");
}

TEST_CASE("of several hosts it is the one that is asked for, else the machine's own name") {
  auto backup = test::sample_plan().backups[0];
  backup.hosts = {"ctl01", "ctl02"};
  CHECK(choose_host(backup, "ctl01", "ctl02").value() == "ctl01");
  CHECK(choose_host(backup, "", "ctl02").value() == "ctl02");
  const auto stranger = choose_host(backup, "", "laptop");
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().kind == ErrorKind::Refused);
  const auto unknown = choose_host(backup, "ctl03", "ctl02");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == ErrorKind::Usage);
}

TEST_CASE("only the steps of the host are taken, in their order") {
  auto steps = test::sample_plan().backups[0].backup;
  steps[1].host = "ctl02";
  const auto mine = steps_of_host(steps, "ctl01");
  REQUIRE(mine.size() == steps.size() - 1);
  CHECK(mine[0].id == "check@ctl01");
  CHECK(mine[1].id == "sqlite.nova.db@ctl01");
}

}  // namespace backstay::runtime
