#include <map>
#include <set>
#include <string>

#include <rapidcheck.h>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

void move(ModelBuilder& model,
          const std::string& kind,
          const std::string& from,
          const std::string& to) {
  model.policy.moved.push_back({model.text(kind), model.text(from), model.text(to), model.span()});
}

}  // namespace

TEST_CASE("a rename from a free name to a declared one is in order, also by way of others") {
  ModelBuilder model;
  model.service("identity");
  move(model, "service", "auth", "keystone");
  move(model, "service", "keystone", "identity");
  CHECK(findings_of(check_moved, model.policy).empty());
}

TEST_CASE("a rename to what nothing is called moves nothing") {
  ModelBuilder model;
  model.service("identity");
  move(model, "service", "keystone", "identitty");
  const auto found = findings_of(check_moved, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::MovedToNothing);
  CHECK(found[0].primary == model.policy.moved[0].new_name.span);
  CHECK(found[0].help == "did you mean `identity`?");
}

TEST_CASE("a name that is moved away and still declared has two heirs") {
  ModelBuilder model;
  model.service("identity");
  model.service("keystone");
  move(model, "service", "keystone", "identity");
  CHECK(kinds_of(check_moved, model.policy) == Kinds{Kind::MovedStillThere});
}

TEST_CASE("renames in a circle are told once, with the way round") {
  ModelBuilder model;
  move(model, "target", "b", "c");
  move(model, "target", "c", "a");
  move(model, "target", "a", "b");
  move(model, "target", "x", "a");
  const auto found = findings_of(check_moved, model.policy);
  std::set<std::string> messages;
  for (const lang::Diagnostic& finding : found) {
    CHECK(finding.kind == Kind::MovedAstray);
    CHECK(finding.witness == std::vector<std::string>{"a -> b -> c -> a"});
    CHECK(finding.primary == model.policy.moved[2].old_name.span);
    messages.insert(finding.message);
  }
  CHECK(messages.size() == 1);  // equal findings are kept once by the sink
}

TEST_CASE("one name that is moved to two is told at the second") {
  ModelBuilder model;
  model.service("one");
  model.service("two");
  move(model, "service", "old", "one");
  move(model, "service", "old", "two");
  const auto found = findings_of(check_moved, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].primary == model.policy.moved[1].old_name.span);
  CHECK(found[0].labels[0].span == model.policy.moved[0].old_name.span);
}

TEST_CASE("components are moved by their whole names") {
  ModelBuilder model;
  model.path(model.service("nova"), "/etc/nova");
  move(model, "component", "nova.config", "nova.nova");
  CHECK(findings_of(check_moved, model.policy).empty());
  move(model, "component", "nova.state", "nova.lib");
  CHECK(kinds_of(check_moved, model.policy) == Kinds{Kind::MovedToNothing});
}

TEST_CASE("what bears no history is not moved") {
  ModelBuilder model;
  model.schedule("nightly", "every day at 02:00");
  move(model, "schedule", "daily", "nightly");
  CHECK(kinds_of(check_moved, model.policy) == Kinds{Kind::MovedToNothing});
}

TEST_CASE("a rename is sound exactly where a walk of at most all renames ends at a declared name") {
  REQUIRE(rc::check([] {
    ModelBuilder model;
    std::set<std::string> declared;
    std::map<std::string, std::string> moves;
    for (const char* const name : {"a", "b", "c", "d", "e"}) {
      const int what = *rc::gen::inRange(0, 3);
      if (what == 0) {
        declared.insert(name);
        model.service(name);
      } else if (what == 1) {
        const std::string to = *rc::gen::element<std::string>("a", "b", "c", "d", "e");
        moves.emplace(name, to);
        move(model, "service", name, to);
      }
    }
    bool sound = true;
    for (const auto& [from, to] : moves) {
      std::string at = to;
      for (std::size_t step = 0; step <= moves.size() && moves.contains(at); ++step) {
        at = moves.at(at);
      }
      sound = sound && declared.contains(at);
    }
    RC_ASSERT(findings_of(check_moved, model.policy).empty() == sound);
  }));
}

}  // namespace backstay::compiler::testing
