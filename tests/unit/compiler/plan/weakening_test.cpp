// Weaker than approved, history orphans, and what `moved` makes no change of.
#include <functional>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/plan/plan_diff.hpp"
#include "compiler/plan/renames.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

Plan promising(const std::vector<std::string>& promises, const std::string& verdict = "proven") {
  Plan plan = test::sample_plan();
  for (const std::string& promise : promises) {
    plan.promises.push_back({.subject = "service nova", .promise = promise, .verdict = verdict});
  }
  return plan;
}

Change only_change(const Plan& before, const Plan& after) {
  const PlanDiff found = diff(before, after);
  REQUIRE(found.changes.size() == 1);
  return found.changes.front();
}

/// The sample plan with its service under another name, as a rename of the policy gives it.
Plan with_service_called(const std::string& name) {
  return renamed(test::sample_plan(), {{.kind = "service", .old_name = "nova", .new_name = name}});
}

}  // namespace

TEST_CASE("each part of what is promised is weaker in its own direction", "[plan]") {
  struct Case {
    std::string strong;
    std::string weak;
    Effect effect;
  };

  for (const Case& one :
       std::vector<Case>{{"rpo 26h", "rpo 30h", Effect::LongerObjective},
                         {"rpo 26h tolerates 1", "rpo 26h", Effect::LongerObjective},
                         {"offsite-rpo 28h", "offsite-rpo 2d", Effect::LongerObjective},
                         {"rto 4h", "rto 1d", Effect::LongerObjective},
                         {"drill every 35d", "drill every 90d", Effect::LongerObjective},
                         {"history 600d", "history 30d", Effect::DeletedEarlier},
                         {"immutable 30d", "immutable 7d", Effect::DeletedEarlier},
                         {"copies 3", "copies 2", Effect::FewerCopies},
                         {"media 2", "media 1", Effect::FewerCopies},
                         {"offsite 2", "offsite 1", Effect::FewerCopies}}) {
    INFO(one.strong << " -> " << one.weak);
    const Change weaker = only_change(promising({one.strong}), promising({one.weak}));
    CHECK(weaker.effect == one.effect);
    CHECK(weaker.code == "BST0820");
    CHECK(one.strong.ends_with(weaker.before));
    CHECK(one.weak.ends_with(weaker.after));
    const Change stronger = only_change(promising({one.weak}), promising({one.strong}));
    CHECK_FALSE(weakens(stronger.effect));
    CHECK(stronger.code.empty());
    const Change gone = only_change(promising({one.strong}), promising({}));
    CHECK(gone.effect == one.effect);
    CHECK(gone.kind == ChangeKind::Removed);
  }
  CHECK(only_change(promising({"encrypted"}), promising({})).effect == Effect::WeakerEncryption);
}

TEST_CASE("promises of which neither keeps the other are changed, not weaker", "[plan]") {
  const Change changed = only_change(promising({"rpo 26h"}), promising({"rpo 30h tolerates 1"}));
  CHECK(changed.effect == Effect::ObjectiveChanged);
  CHECK_FALSE(weakens(changed.effect));
}

TEST_CASE("a promise that is not proven any more is weaker", "[plan]") {
  const Change change = only_change(promising({"rto 4h"}), promising({"rto 4h"}, "unproven"));
  CHECK(change.effect == Effect::LongerObjective);
  CHECK(change.before == "4h (proven)");
  CHECK(change.after == "4h (unproven)");
}

TEST_CASE("one change of a promise is one line, however many services it is for", "[plan]") {
  Plan before = promising({"rpo 26h"});
  Plan after = promising({"rpo 30h"});
  for (int number = 0; number < 9; ++number) {
    const std::string name = "s" + std::to_string(number);
    Service service;
    service.name = name;
    for (auto& [plan, promise] : {std::pair{&before, "rpo 26h"}, std::pair{&after, "rpo 30h"}}) {
      plan->services.push_back(service);
      plan->promises.push_back(
          {.subject = "service " + name, .promise = promise, .verdict = "proven"});
    }
  }
  CHECK(only_change(before, after).subject == "promise rpo of services nova, s0, s1 and 7 more");
}

TEST_CASE("a service that no backup covers any more has lost its coverage", "[plan]") {
  Plan after = test::sample_plan();
  after.backups[0].services.clear();
  const Change change = only_change(test::sample_plan(), after);
  CHECK(change.effect == Effect::CoverageLost);
  CHECK(change.code == "BST0820");
}

TEST_CASE("weaker is what some kept value of before breaks", "[plan]") {
  // Oracle: a promise is the set of outcomes (hours lost, runs missing) that it rules in.
  REQUIRE(rc::check([] {
    const auto hours = [] { return *rc::gen::inRange(1, 4); };
    const auto runs = [] { return *rc::gen::inRange(0, 3); };
    const int old_hours = hours();
    const int old_runs = runs();
    const int new_hours = hours();
    const int new_runs = runs();
    const auto text = [](int amount, int tolerates) {
      return "rpo " + std::to_string(amount) + "h" +
             (tolerates == 0 ? "" : " tolerates " + std::to_string(tolerates));
    };
    // `real` is the loss with 0, 1 and 2 runs missing, growing with them.
    bool old_kept = true;
    bool new_kept = true;
    for (int none = 0; none < 5; ++none) {
      for (int one = none; one < 5; ++one) {
        for (int two = one; two < 5; ++two) {
          const int real[] = {none, one, two};
          const bool keeps_old = real[old_runs] <= old_hours;
          const bool keeps_new = real[new_runs] <= new_hours;
          old_kept = old_kept && (!keeps_new || keeps_old);
          new_kept = new_kept && (!keeps_old || keeps_new);
        }
      }
    }
    const PlanDiff found =
        diff(promising({text(old_hours, old_runs)}), promising({text(new_hours, new_runs)}));
    if (old_kept && new_kept) {
      RC_ASSERT(found.changes.empty());
    } else {
      RC_ASSERT(found.changes.size() == 1U);
      RC_ASSERT(found.weaker() == (!old_kept && new_kept));
      RC_ASSERT((found.changes[0].effect == Effect::ObjectiveChanged) == (!old_kept && !new_kept));
    }
  }));
}

TEST_CASE("a service that comes under another name without a moved line is an orphan", "[plan]") {
  const PlanDiff found = diff(test::sample_plan(), with_service_called("compute"));
  REQUIRE(!found.changes.empty());
  CHECK(found.changes[0].effect == Effect::HistoryOrphaned);
  CHECK(found.changes[0].code == "BST0910");
  CHECK(found.changes[0].after.find("moved service nova -> compute") != std::string::npos);
  CHECK(found.orphans());
  CHECK(found.weaker());
}

TEST_CASE("a service that goes and leaves nothing to another one is no orphan", "[plan]") {
  Plan after = test::sample_plan();
  after.services[0].name = "other";
  for (auto* steps : {&after.backups[0].backup, &after.backups[0].restore}) {
    steps->clear();
  }
  CHECK_FALSE(diff(test::sample_plan(), after).orphans());
}

TEST_CASE("moved makes a rename no effect, of whatever it renames", "[plan]") {
  const std::vector<Moved> renames = {
      {.kind = "service", .old_name = "nova", .new_name = "compute"},
      {.kind = "component", .old_name = "nova.etc", .new_name = "nova.configuration"},
      {.kind = "host", .old_name = "ctl01", .new_name = "controller1"},
      {.kind = "backup", .old_name = "controller", .new_name = "all"},
      {.kind = "target", .old_name = "local", .new_name = "disk"}};
  for (const Moved& one : renames) {
    INFO(one.kind);
    Plan after = renamed(test::sample_plan(), {one});
    CHECK(after != test::sample_plan());
    CHECK_FALSE(diff(test::sample_plan(), after).changes.empty());
    after.moved = {one};
    CHECK(diff(test::sample_plan(), after).changes.empty());
  }
}

TEST_CASE("renames are followed to the end of their chain, and a circle ends", "[plan]") {
  const std::vector<Moved> chain = {
      {.kind = "service", .old_name = "nova", .new_name = "compute"},
      {.kind = "service", .old_name = "compute", .new_name = "cloud"}};
  CHECK(renamed(test::sample_plan(), chain).services[0].name == "cloud");
  const std::vector<Moved> circle = {
      {.kind = "service", .old_name = "nova", .new_name = "compute"},
      {.kind = "service", .old_name = "compute", .new_name = "nova"}};
  CHECK_NOTHROW(renamed(test::sample_plan(), circle));
}

TEST_CASE("a rename hides no other change", "[plan]") {
  Plan after = with_service_called("compute");
  after.moved = {{.kind = "service", .old_name = "nova", .new_name = "compute"}};
  after.retentions[0].daily = 1;
  CHECK(only_change(test::sample_plan(), after).effect == Effect::DeletedEarlier);
}

TEST_CASE("copies, seals, locks and keys are ranked by what they mean", "[plan]") {
  Plan before = test::sample_plan();
  before.backups[0].copies = {{.target = "local", .retention = "standard"}};
  before.targets[0].seal = "offsite-key";
  before.targets[0].locked = "30d";
  before.targets[0].deletable_by = "nobody";
  before.keys = {
      {.name = "offsite-key", .recipients = {{.recipient = "age1a"}, {.recipient = "age1b"}}}};
  const auto effect_of = [&](const std::function<void(Plan&)>& edit) {
    Plan after = before;
    edit(after);
    return only_change(before, after).effect;
  };
  CHECK(effect_of([](Plan& plan) { plan.backups[0].copies.clear(); }) == Effect::FewerCopies);
  CHECK(effect_of([](Plan& plan) { plan.targets[0].seal.clear(); }) == Effect::WeakerEncryption);
  CHECK(effect_of([](Plan& plan) { plan.targets[0].seal = "other"; }) == Effect::WeakerEncryption);
  CHECK(effect_of([](Plan& plan) { plan.targets[0].locked = "7d"; }) == Effect::DeletedEarlier);
  CHECK(effect_of([](Plan& plan) { plan.targets[0].locked = "60d"; }) == Effect::Cosmetic);
  CHECK(effect_of([](Plan& plan) { plan.targets[0].deletable_by.clear(); }) ==
        Effect::DeletedEarlier);
  CHECK(effect_of([](Plan& plan) { plan.keys[0].recipients.pop_back(); }) ==
        Effect::WeakerEncryption);
  CHECK(effect_of([](Plan& plan) { plan.keys[0].recipients.push_back({.recipient = "age1c"}); }) ==
        Effect::WeakerEncryption);
  CHECK(effect_of([](Plan& plan) {
          plan.suppressions.push_back({.code = "BST0801",
                                       .kind = "service",
                                       .name = "nova",
                                       .because = "soon",
                                       .until = "2027-06-30"});
        }) == Effect::LongerObjective);
}

}  // namespace backstay::plan
