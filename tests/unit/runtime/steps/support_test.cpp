#include "runtime/steps/support.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {

using test::step;

TEST_CASE("a plan that can be carried out is not refused") {
  const plan::Plan plan = test::sample_plan();
  CHECK_FALSE(find_unsupported(plan, plan.backups[0].backup));
  CHECK_FALSE(find_unsupported(plan, plan.backups[0].restore));
  CHECK(support_notes(plan).empty());
}

TEST_CASE("each step that cannot be carried out is named with the fact that asked for it") {
  plan::Plan plan = test::sample_plan();
  plan.backups[0].backup.push_back(step(
      "mirror@ctl01", {}, plan::MirrorTree{.service = "nova", .path = "/srv", .target = "local"}));
  plan.backups[0].backup.back().from = "service nova: mirror /srv to local";
  CHECK_FALSE(find_unsupported(plan, plan.backups[0].backup));
  plan.targets[0].seal = "key";
  const auto error = find_unsupported(plan, plan.backups[0].backup);
  REQUIRE(error);
  CHECK(error->kind == ErrorKind::ToolMissing);
  CHECK(error->message ==
        "this version cannot carry out a step of the plan: `mirror@ctl01` (target local is sealed, "
        "and mirrors are not; asked for by service nova: mirror /srv to local)");
  CHECK(support_notes(plan) ==
        std::vector<std::string>{"this version does not run backup controller yet: target local is "
                                 "sealed, and mirrors are not"});
}

TEST_CASE("a target far away is refused, and a sealed one here is not") {
  plan::Plan sealed = test::sample_plan();
  sealed.targets[0].seal = "key";
  CHECK_FALSE(find_unsupported(sealed, sealed.backups[0].backup));
  plan::Plan far = test::sample_plan();
  far.targets[0].kind = "rclone";
  CHECK(find_unsupported(far, far.backups[0].backup));
  plan::Plan elsewhere = test::sample_plan();
  elsewhere.targets[0].host = "ctl02";
  CHECK(find_unsupported(elsewhere, elsewhere.backups[0].backup));
}

TEST_CASE("a copy goes to whatever has a driver, and a backup itself into a directory") {
  plan::Plan plan = test::sample_plan();
  plan::Target away = plan.targets[0];
  away.name = "away";
  away.kind = "rsync";
  plan.targets.push_back(away);
  const auto copy = step("copy.away@ctl01", {},
                         plan::CopySnapshot{.source = plan.targets[0].name, .target = "away"});
  CHECK_FALSE(find_unsupported(plan, {copy}));
  CHECK(find_unsupported(
      plan, {step("copy.back@ctl01", {},
                  plan::CopySnapshot{.source = "away", .target = plan.targets[0].name})}));
  plan.targets.back().kind = "carrier-pigeon";
  CHECK(find_unsupported(plan, {copy}));
}

TEST_CASE("a backup that needs services of other hosts held still does not begin on one") {
  const plan::StopUnits stop{.service = "agent", .units = {"agent.service"}};
  const std::vector<plan::Step> graph = {step("stop.agent@node1", {}, stop),
                                         step("dump.db@ctl01", {"stop.agent@node1"},
                                              plan::CopySqlite{.component = "c", .path = "/c"})};
  CHECK_FALSE(find_split_hold(graph, graph));
  const auto error = find_split_hold(graph, {graph[1]});
  REQUIRE(error);
  CHECK(error->message.find("`dump.db@ctl01` waits for `stop.agent@node1`") != std::string::npos);
}

}  // namespace backstay::runtime
