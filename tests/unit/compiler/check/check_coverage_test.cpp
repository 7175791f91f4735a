#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

using Kind = lang::DiagnosticKind;

TEST_CASE(
    "a service that no backup covers is told, and one that is external or unprotected is not") {
  ModelBuilder model;
  model.service("nova");
  model.service("glance");
  model.service("ldap").external = model.text("another team");
  model.service("cache").unprotected.push_back({std::nullopt, model.text("rebuilt"), {}});
  model.backup("nightly", {0});
  const auto found = findings_of(check_coverage, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::UncoveredService);
  CHECK(found[0].primary == model.policy.services[1].span);
}

TEST_CASE("a part called unprotected does not free the service of a backup") {
  ModelBuilder model;
  model.service("nova").unprotected.push_back({model.text("/var"), model.text("large"), {}});
  model.service("glance");
  model.backup("nightly", {1});
  CHECK(kinds_of(check_coverage, model.policy) == Kinds{Kind::UncoveredService});
}

TEST_CASE("a policy without any backup is one finding with every service beside") {
  ModelBuilder model;
  model.service("nova");
  model.service("glance");
  const auto found = findings_of(check_coverage, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].primary == model.policy.span);
  CHECK(found[0].labels.size() == 2);
}

TEST_CASE("an unused declaration is told, but not what an imported file offers") {
  ModelBuilder model;
  model.policy.unreferenced.push_back({"target", "spare", model.span()});
  model.policy.unreferenced.push_back({"target", "shared", {1, 10, 16}});
  const auto found = findings_of(check_coverage, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::UnusedDeclaration);
  CHECK(found[0].message == "nothing uses target `spare`");
}

}  // namespace backstay::compiler::testing
