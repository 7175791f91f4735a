#include "compiler/plan/plan_diff.hpp"

#include <functional>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/plan/plan_diff_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

/// The only change that an edit of the sample plan makes.
Change only_change(const std::function<void(Plan&)>& edit) {
  Plan after = test::sample_plan();
  edit(after);
  const PlanDiff found = diff(test::sample_plan(), after);
  REQUIRE(found.changes.size() == 1);
  return found.changes.front();
}

ArchiveFiles& archive_of(Plan& plan) {
  return std::get<ArchiveFiles>(plan.backups[0].backup[3].action);
}

void remove_sqlite(Plan& plan) {
  auto& steps = plan.backups[0].backup;
  steps.erase(steps.begin() + 2);
  steps[2].after = {"dump.control-db@ctl01"};
  auto& restore = plan.backups[0].restore;
  restore.erase(restore.begin() + 2);
  restore[2].after = {"files.nova.etc@ctl01"};
}

}  // namespace

TEST_CASE("equal plans have no difference", "[plan]") {
  const PlanDiff found = diff(test::sample_plan(), test::sample_plan());
  CHECK(found.changes.empty());
  CHECK_FALSE(found.weaker());
  CHECK(to_text(found, {}).find("No effect") != std::string::npos);
}

TEST_CASE("a database that `all` leaves out from now on is lost coverage", "[plan]") {
  Plan before = test::sample_plan();
  auto& dump = std::get<DumpMariadb>(before.backups[0].backup[1].action);
  dump.all_component = "rest.all";
  dump.all_except = {"nova"};
  Plan after = before;
  std::get<DumpMariadb>(after.backups[0].backup[1].action).all_except = {"nova", "scratch"};
  const PlanDiff found = diff(before, after);
  REQUIRE(found.changes.size() == 1);
  CHECK(found.changes[0].effect == Effect::CoverageLost);
  CHECK(found.changes[0].subject == "component rest.all@ctl01");
  CHECK(found.changes[0].after == "leaves out database scratch");
}

TEST_CASE("what is no longer protected comes first and is called lost coverage", "[plan]") {
  Plan after = test::sample_plan();
  remove_sqlite(after);
  after.zone = "Europe/Berlin";
  const PlanDiff found = diff(test::sample_plan(), after);
  REQUIRE(found.changes.size() == 2);
  CHECK(found.changes[0].effect == Effect::CoverageLost);
  CHECK(found.changes[0].kind == ChangeKind::Removed);
  CHECK(found.changes[0].subject == "component nova.db@ctl01");
  CHECK(found.changes[1].effect == Effect::ScheduleMoved);
  CHECK(found.weaker());
}

TEST_CASE("one more or one less in a plan has the effect that it has on a recovery", "[plan]") {
  const Change excepted = only_change([](Plan& plan) {
    archive_of(plan).except.push_back({.pattern = "/etc/nova/keys", .because = "new"});
  });
  CHECK(excepted.effect == Effect::CoverageLost);
  CHECK(excepted.after == "leaves out /etc/nova/keys: new");
  const Change no_longer = only_change([](Plan& plan) { archive_of(plan).except.clear(); });
  CHECK(no_longer.effect == Effect::Cost);
  const Change tolerant = only_change([](Plan& plan) { archive_of(plan).optional = true; });
  CHECK(tolerant.effect == Effect::CoverageLost);
  const Change moved = only_change([](Plan& plan) { archive_of(plan).path = "/etc/nova2"; });
  CHECK(moved.effect == Effect::CoverageLost);
  const Change fewer = only_change([](Plan& plan) { plan.retentions[0].daily = 6; });
  CHECK(fewer.effect == Effect::DeletedEarlier);
  CHECK(fewer.before == "daily 7");
  const Change more = only_change([](Plan& plan) { plan.retentions[0].daily = 8; });
  CHECK(more.effect == Effect::Cost);
  const Change target = only_change([](Plan& plan) { plan.targets[0].path = "/elsewhere"; });
  CHECK(target.effect == Effect::FewerCopies);
  const Change slower = only_change([](Plan& plan) { plan.schedules[0].window = "2h"; });
  CHECK(slower.effect == Effect::LongerObjective);
  const Change later =
      only_change([](Plan& plan) { plan.schedules[0].rule = "every day at 04:00"; });
  CHECK(later.effect == Effect::ScheduleMoved);
  const Change login =
      only_change([](Plan& plan) { plan.servers[0].login_file = "/root/.my.cnf"; });
  CHECK(login.effect == Effect::NewAccess);
  const Change probe =
      only_change([](Plan& plan) { plan.services[0].checks[0].command[0] = "sh"; });
  CHECK(probe.effect == Effect::CommandChanged);
  const Change by_hand = only_change([](Plan& plan) { plan.backups[0].schedule.clear(); });
  CHECK(by_hand.effect == Effect::LongerObjective);
  const Change slow_step =
      only_change([](Plan& plan) { plan.backups[0].backup[1].timeout = {60}; });
  CHECK(slow_step.effect == Effect::Cosmetic);
}

TEST_CASE("no plan that differs passes as equal", "[plan]") {
  const std::vector<std::function<void(Plan&)>> edits = {
      [](Plan& plan) { plan.policy = "other"; },
      [](Plan& plan) { plan.parameters.push_back({.name = "p", .value = "1"}); },
      [](Plan& plan) { plan.hosts[0].address = "192.0.2.1"; },
      [](Plan& plan) { plan.services[0].needs.push_back("keystone"); },
      [](Plan& plan) { plan.services[0].hosts.push_back("ctl02"); },
      [](Plan& plan) { plan.services[0].held.push_back({.units = {"u.service"}, .because = "b"}); },
      [](Plan& plan) { plan.services[0].external = true; },
      [](Plan& plan) { plan.servers[0].datadir = "/srv/mysql"; },
      [](Plan& plan) {
        plan.promises.push_back(
            {.subject = "service nova", .promise = "rpo 26h", .verdict = "proven"});
      },
      [](Plan& plan) { plan.backups[0].services.push_back("glance"); },
      [](Plan& plan) { plan.backups[0].backup[4].always = false; },
      [](Plan& plan) { plan.backups[0].backup[3].after.pop_back(); },
      [](Plan& plan) { plan.backups[0].restore[0].from = "backup controller"; },
      [](Plan& plan) { std::get<VerifySnapshot>(plan.backups[0].backup[5].action).level = 0; },
  };
  for (std::size_t number = 0; number < edits.size(); ++number) {
    INFO("edit " << number);
    Plan after = test::sample_plan();
    edits[number](after);
    CHECK_FALSE(diff(test::sample_plan(), after).changes.empty());
    CHECK_FALSE(diff(after, test::sample_plan()).changes.empty());
  }
}

TEST_CASE("a merge request's comment keeps to its budget and says what it leaves out", "[plan]") {
  Plan after = test::sample_plan();
  for (int number = 0; number < 2000; ++number) {
    archive_of(after).except.push_back(
        {.pattern = "/etc/nova/" + std::to_string(number), .because = "x"});
  }
  const std::string text = to_markdown(diff(test::sample_plan(), after), 20'000);
  CHECK(text.size() <= 20'000);
  CHECK(text.find(" more changes do not fit here.") != std::string::npos);
}

TEST_CASE("no string of a policy breaks out of its cell in a comment", "[plan]") {
  Plan after = test::sample_plan();
  archive_of(after).except.push_back(
      {.pattern = "/x", .because = "a | b\n</table> @everyone `c` [d](e)"});
  const std::string text = to_markdown(diff(test::sample_plan(), after));
  CHECK(text.find("</table>") == std::string::npos);
  CHECK(text.find("@everyone") == std::string::npos);
  CHECK(text.find("a \\| b") != std::string::npos);
  CHECK(text.find("\\[d\\](e)") != std::string::npos);
}

TEST_CASE("the JSON of a plan diff holds the same changes", "[plan]") {
  Plan after = test::sample_plan();
  after.retentions[0].daily = 1;
  const auto document = nlohmann::json::parse(to_json(diff(test::sample_plan(), after)));
  CHECK(document["schema_version"] == 1);
  CHECK(document["weaker"] == true);
  CHECK(document["changes"].size() == 1);
  CHECK(document["changes"][0]["effect"] == "deleted earlier");
}

}  // namespace backstay::plan
