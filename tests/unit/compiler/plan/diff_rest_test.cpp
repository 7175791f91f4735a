// No fact of a plan is silently another one, whatever else changed and whatever was renamed.
#include <functional>
#include <string>
#include <vector>

#include "compiler/plan/plan_diff.hpp"
#include "compiler/plan/plan_diff_text.hpp"
#include "compiler/plan/renames.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

using Edit = std::function<void(Plan&)>;

/// A plan that has one of everything that the edits below take away.
Plan full_plan() {
  Plan plan = test::sample_plan();
  Service& nova = plan.services[0];
  nova.quiesce_stop = true;
  nova.instant_with = {"glance"};
  nova.sealed_by = {"/etc/nova/key"};
  nova.unprotected_paths = {{.path = "/var/cache", .because = "cache"}};
  nova.owner = "nova:nova";
  nova.needs = {"keystone"};
  plan.sites = {{.name = "dc1", .part_of = "berlin"}};
  plan.notifies = {{.name = "operators",
                    .outcomes = {"failure", "recovery"},
                    .mail = "operators@example.org",
                    .webhook = "chat",
                    .healthcheck = "watchdog"}};
  plan.keys = {{.name = "safe",
                .recipients = {{.recipient = "age1x", .escrow = "vault", .escrow_site = "dc2"}}}};
  plan.targets[0].needs = {"keystone"};
  plan.backups[0].notify = "operators";
  plan.backups[0].compression = "fast";
  plan.backups[0].concurrency = 2;
  Drill drill;
  drill.name = "monthly";
  drill.target = "local";
  drill.services = {"nova"};
  drill.notify = "operators";
  drill.deadline = {3600};
  drill.steps = {
      test::step("expect.1@ctl01", {}, ExpectRows{"control-db", "nova", "instances", 5}),
      test::step("expect.2@ctl01", {}, ExpectFile{"/etc/nova/nova.conf"}),
  };
  plan.drills = {drill};
  return plan;
}

ExpectRows& rows_of(Plan& plan) {
  return std::get<ExpectRows>(plan.drills[0].steps[0].action);
}

struct Case {
  std::string subject;
  Effect effect;
  Edit edit;
};

std::vector<Case> losses() {
  return {
      {"service nova", Effect::CoverageLost,
       [](Plan& plan) { plan.services[0].quiesce_stop = false; }},
      {"service nova instant-with", Effect::CoverageLost,
       [](Plan& plan) { plan.services[0].instant_with.clear(); }},
      {"service nova sealed-by", Effect::CoverageLost,
       [](Plan& plan) { plan.services[0].sealed_by.clear(); }},
      {"service nova unprotected /srv", Effect::CoverageLost,
       [](Plan& plan) {
         plan.services[0].unprotected_paths.push_back({.path = "/srv", .because = "old"});
       }},
      {"service nova unprotected /var/cache", Effect::Cosmetic,
       [](Plan& plan) { plan.services[0].unprotected_paths[0].because = "still a cache"; }},
      {"service nova owner", Effect::Cosmetic, [](Plan& plan) { plan.services[0].owner.clear(); }},
      {"service nova needs", Effect::CommandChanged,
       [](Plan& plan) { plan.services[0].needs.clear(); }},
      {"service nova units", Effect::CommandChanged,
       [](Plan& plan) { plan.services[0].units.clear(); }},
      {"service nova", Effect::CommandChanged,
       [](Plan& plan) { plan.services[0].checks[0].within = {5}; }},
      {"server control-db itself", Effect::CommandChanged,
       [](Plan& plan) { plan.servers[0].datadir = "/srv/mysql"; }},
      {"target local needs", Effect::CommandChanged,
       [](Plan& plan) { plan.targets[0].needs.clear(); }},
      {"key safe recipient age1x escrow", Effect::WeakerEncryption,
       [](Plan& plan) { plan.keys[0].recipients[0].escrow = "drawer"; }},
      {"site dc1", Effect::FewerCopies, [](Plan& plan) { plan.sites.clear(); }},
      {"backup controller compression", Effect::Cosmetic,
       [](Plan& plan) { plan.backups[0].compression.clear(); }},
      {"backup controller concurrency", Effect::Cosmetic,
       [](Plan& plan) { plan.backups[0].concurrency = 1; }},
      {"backup controller notify", Effect::LongerObjective,
       [](Plan& plan) { plan.backups[0].notify.clear(); }},
      {"notify operators", Effect::LongerObjective,
       [](Plan& plan) { plan.notifies[0].outcomes = {"success"}; }},
      {"drill monthly notify", Effect::LongerObjective,
       [](Plan& plan) { plan.drills[0].notify.clear(); }},
      {"drill monthly deadline", Effect::Cosmetic,
       [](Plan& plan) { plan.drills[0].deadline = {60}; }},
      {"drill monthly", Effect::LongerObjective,
       [](Plan& plan) { plan.drills[0].target = "other"; }},
      {"drill monthly expects rows nova.instances", Effect::LongerObjective,
       [](Plan& plan) { rows_of(plan).at_least = 1; }},
      {"drill monthly expects rows nova.instances", Effect::LongerObjective,
       [](Plan& plan) { rows_of(plan).table = "flavors"; }},
      {"drill monthly expects file /etc/nova/nova.conf on ctl01", Effect::LongerObjective,
       [](Plan& plan) { plan.drills[0].steps.pop_back(); }},
      {"policy", Effect::HistoryOrphaned, [](Plan& plan) { plan.policy = "other"; }},
  };
}

bool told(const PlanDiff& found, const Case& one) {
  for (const Change& change : found.changes) {
    if (change.subject == one.subject && change.effect == one.effect) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("each fact that changes is told with the effect that it has", "[plan]") {
  for (const Case& one : losses()) {
    Plan after = full_plan();
    one.edit(after);
    INFO(one.subject << "\n" << to_text(diff(full_plan(), after), {}));
    CHECK(told(diff(full_plan(), after), one));
  }
}

TEST_CASE("what has a rule hides no other change", "[plan]") {
  for (const Case& one : losses()) {
    INFO(one.subject);
    Plan after = full_plan();
    after.retentions[0].daily = 14;
    one.edit(after);
    CHECK(told(diff(full_plan(), after), one));
  }
}

TEST_CASE("a rename hides no change", "[plan]") {
  const std::vector<Moved> moved = {{.kind = "host", .old_name = "ctl01", .new_name = "ctl02"},
                                    {.kind = "target", .old_name = "local", .new_name = "disk"}};
  Plan same = renamed(full_plan(), moved);
  same.moved = moved;
  CHECK(diff(full_plan(), same).changes.empty());
  for (const Case& one : losses()) {
    if (one.subject.starts_with("target") || one.subject.ends_with("ctl01")) {
      continue;  // it is told under the new name
    }
    INFO(one.subject);
    Plan after = full_plan();
    one.edit(after);
    after = renamed(after, moved);
    after.moved = moved;
    CHECK(told(diff(full_plan(), after), one));
  }
  Plan slower = same;
  slower.backups[0].backup[3].after.pop_back();
  CHECK(diff(full_plan(), slower).changes.size() == 1);
}

TEST_CASE("a renamed service takes the rest of its server along", "[plan]") {
  Plan before = full_plan();
  std::get<DumpMariadb>(before.backups[0].backup[1].action).all_component = "nova.all";
  const std::vector<Moved> moved = {{.kind = "service", .old_name = "nova", .new_name = "compute"}};
  Plan after = renamed(before, moved);
  CHECK(std::get<DumpMariadb>(after.backups[0].backup[1].action).all_component == "compute.all");
}

TEST_CASE("what runs less often has a longer objective", "[plan]") {
  const LongestGap gap = [](const std::string& rule) -> std::optional<std::chrono::seconds> {
    return std::chrono::hours(rule == "every 1st sat at 02:30" ? 35 * 24 : 24);
  };
  Plan rarer = full_plan();
  rarer.schedules[0].rule = "every 1st sat at 02:30";
  Plan later = full_plan();
  later.schedules[0].rule = "every day at 05:00";
  CHECK(diff(full_plan(), rarer, gap).weaker());
  CHECK_FALSE(diff(rarer, full_plan(), gap).weaker());
  CHECK_FALSE(diff(full_plan(), later, gap).weaker());
  CHECK_FALSE(diff(full_plan(), later, gap).changes.empty());
}

TEST_CASE("a renamed policy weakens, but is no service without a history", "[plan]") {
  Plan after = full_plan();
  after.policy = "other";
  CHECK(diff(full_plan(), after).weaker());
  CHECK_FALSE(diff(full_plan(), after).orphans());
}

TEST_CASE("a time limit that many steps share is one line", "[plan]") {
  Plan after = full_plan();
  for (Step& step : after.backups[0].backup) {
    step.timeout = {600};
  }
  for (const Change& change : diff(full_plan(), after).changes) {
    CHECK(change.subject.starts_with("backup controller"));
  }
  CHECK(diff(full_plan(), after).changes.size() == 2);  // one step of them runs always
}

TEST_CASE("who is told and where a host lies can be read", "[plan]") {
  Plan after = full_plan();
  after.notifies[0].outcomes = {"failure"};
  after.hosts[0].site = "dc2";
  const std::string text = to_text(diff(full_plan(), after), {});
  INFO(text);
  CHECK(text.find("mail operators@example.org, webhook chat, healthcheck watchdog on failure") !=
        std::string::npos);
  CHECK(text.find("no address, site dc1 -> no address, site dc2") != std::string::npos);
}

TEST_CASE("one replica more is a cost, one less is lost", "[plan]") {
  const auto with = [](const std::vector<std::string>& hosts) {
    Plan plan = full_plan();
    plan.backups[0].backup.push_back(test::step(
        "replicate.nova@ctl01", {},
        ReplicateFiles{.service = "nova", .path = "/etc/nova", .group = "g", .hosts = hosts}));
    return plan;
  };
  const PlanDiff more = diff(with({"ctl01"}), with({"ctl01", "vault"}));
  REQUIRE(more.changes.size() == 1);
  CHECK(more.changes[0].effect == Effect::Cost);
  const PlanDiff less = diff(with({"ctl01", "vault"}), with({"ctl01"}));
  REQUIRE(less.changes.size() == 1);
  CHECK(less.changes[0].effect == Effect::CoverageLost);
}

}  // namespace backstay::plan
