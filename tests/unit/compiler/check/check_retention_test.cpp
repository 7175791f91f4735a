#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

using Kind = lang::DiagnosticKind;

TEST_CASE("a retention of zeros or of nothing keeps nothing") {
  ModelBuilder model;
  model.retention("empty");
  Retention& zeros = model.retention("zeros");
  zeros.daily = model.at(std::int64_t{0});
  zeros.all_for = model.at(Duration{0});
  const auto found = findings_of(check_retention, model.policy);
  REQUIRE(found.size() == 2);
  CHECK(found[0].kind == Kind::KeepsNothing);
  CHECK(found[1].kind == Kind::KeepsNothing);
  CHECK(found[1].labels.size() == 2);
}

TEST_CASE("any one rule with a number is enough") {
  ModelBuilder model;
  model.retention("days").daily = model.at(std::int64_t{1});
  model.retention("all").all_for = model.at(Duration{86'400});
  model.retention("floor").at_least = model.at(std::int64_t{3});
  CHECK(findings_of(check_retention, model.policy).empty());
}

TEST_CASE("a floor below one may delete every backup and is told once") {
  ModelBuilder model;
  Retention& retention = model.retention("careless");
  retention.at_least = model.at(std::int64_t{0});
  const auto found = findings_of(check_retention, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::AtLeastTooLow);
  CHECK(found[0].primary == model.policy.retentions[0].at_least->span);
}

}  // namespace backstay::compiler::testing
