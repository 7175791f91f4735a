#include <set>
#include <string>

#include <rapidcheck.h>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

void to(ModelBuilder& model, Backup& backup, Index target) {
  backup.target = model.at(target);
}

CopyFact copy_to(ModelBuilder& model, Index target) {
  return {model.at(target), {}, std::nullopt, std::nullopt, model.span()};
}

/// `nova` needs `keystone`; targets `local` and `offsite`.
ModelBuilder two_services() {
  ModelBuilder model;
  model.service("keystone");
  model.service("nova");
  model.needs(1, 0);
  model.target("local", "/backups");
  model.target("offsite", "/mnt");
  return model;
}

}  // namespace

TEST_CASE("what a service needs may come from another backup of the same target") {
  ModelBuilder model = two_services();
  to(model, model.backup("a", {0}), 0);
  to(model, model.backup("b", {1}), 0);
  CHECK(findings_of(check_restore_closure, model.policy).empty());
}

TEST_CASE("a service whose need lies in another target cannot be restored from its own") {
  ModelBuilder model = two_services();
  to(model, model.backup("a", {0}), 0);
  to(model, model.backup("b", {1}), 1);
  const auto found = findings_of(check_restore_closure, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::RestoreClosure);
  CHECK(found[0].primary == model.policy.services[1].needs[0].span);
  CHECK(found[0].witness == std::vector<std::string>{
                                "a restore from `offsite` starts `nova`, but finds no `keystone`"});
  CHECK(found[0].labels[0].span == model.policy.backups[1].target->span);
}

TEST_CASE("a copy must hold what its services need, too") {
  ModelBuilder model = two_services();
  to(model, model.backup("a", {0}), 0);
  to(model, model.backup("b", {1}), 0);
  model.policy.backups[1].copies.push_back(copy_to(model, 1));
  const auto found = findings_of(check_restore_closure, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels[0].span == model.policy.backups[1].copies[0].target.span);
  model.policy.backups[0].copies.push_back(copy_to(model, 1));
  CHECK(findings_of(check_restore_closure, model.policy).empty());
}

TEST_CASE("what is external is brought back by somebody else") {
  ModelBuilder model = two_services();
  to(model, model.backup("b", {1}), 1);
  CHECK(findings_of(check_restore_closure, model.policy).size() == 1);
  model.policy.services[0].external = model.text("the identity team");
  CHECK(findings_of(check_restore_closure, model.policy).empty());
}

TEST_CASE("a drill that restores what another target lacks is told") {
  ModelBuilder model = two_services();
  to(model, model.backup("a", {0, 1}), 0);
  Drill& drill = model.policy.drills.emplace_back();
  drill.services.push_back(model.at(Index{1}));
  drill.target = model.at(Index{1});
  const auto found = findings_of(check_restore_closure, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels[0].span == drill.target->span);
}

TEST_CASE("a service that many need is told once") {
  ModelBuilder model;
  model.service("db");
  for (int number = 0; number < 20; ++number) {
    model.service("s" + std::to_string(number));
    model.needs(static_cast<Index>(number) + 1, 0);
  }
  model.target("local", "/backups");
  std::vector<Index> all(20);
  for (Index number = 0; number < 20; ++number) {
    all[number] = number + 1;
  }
  to(model, model.backup("all", all), 0);
  CHECK(findings_of(check_restore_closure, model.policy).size() == 1);
}

TEST_CASE("a need is missing exactly where no list of the target has it") {
  REQUIRE(rc::check([] {
    ModelBuilder model;
    const auto count = *rc::gen::inRange<Index>(1, 6);
    for (Index number = 0; number < count; ++number) {
      model.service("s" + std::to_string(number));
      if (*rc::gen::inRange(0, 6) == 0) {
        model.policy.services.back().external = model.text("theirs");
      }
    }
    for (Index from = 0; from < count; ++from) {
      for (Index need = 0; need < count; ++need) {
        if (from != need && *rc::gen::inRange(0, 4) == 0) {
          model.needs(from, need);
        }
      }
    }
    model.target("t0", "/a");
    model.target("t1", "/b");
    std::set<std::pair<Index, Index>> stored;  // target, service
    for (int number = 0; number < 3; ++number) {
      std::vector<Index> covered;
      const auto main = *rc::gen::inRange<Index>(0, 2);
      const bool copied = *rc::gen::arbitrary<bool>();
      for (Index service = 0; service < count; ++service) {
        if (*rc::gen::arbitrary<bool>()) {
          covered.push_back(service);
          stored.emplace(main, service);
          if (copied) {
            stored.emplace(1 - main, service);
          }
        }
      }
      Backup& backup = model.backup("b" + std::to_string(number), covered);
      to(model, backup, main);
      if (copied) {
        backup.copies.push_back(copy_to(model, 1 - main));
      }
    }
    std::set<Index> missing;
    for (const auto& [target, service] : stored) {
      for (const Reference& need : model.policy.services[service].needs) {
        if (!model.policy.services[service].external &&
            !model.policy.services[need.value].external && !stored.contains({target, need.value})) {
          missing.insert(need.value);
        }
      }
    }
    RC_ASSERT(findings_of(check_restore_closure, model.policy).size() == missing.size());
  }));
}

}  // namespace backstay::compiler::testing
