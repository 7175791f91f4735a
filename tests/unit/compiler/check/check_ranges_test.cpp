#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

TEST_CASE("days that no month has and runs that take no time are told") {
  ModelBuilder model;
  model.schedule("monthly", "every month on 0, 32 at 02:00").window = model.at(Duration{0});
  CHECK(kinds_of(check_ranges, model.policy) == Kinds(3, lang::DiagnosticKind::ValueOutOfRange));
}

TEST_CASE("the bounds themselves are within") {
  ModelBuilder model;
  model.schedule("monthly", "every month on 1, 31 at 02:00").window = model.at(Duration{1});
  CHECK(findings_of(check_ranges, model.policy).empty());
}

}  // namespace backstay::compiler::testing
