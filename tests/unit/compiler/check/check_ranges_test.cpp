#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

TEST_CASE("ports, exit statuses and days that the world does not have are told") {
  ModelBuilder model;
  model.server("db", model.host("ctl01"), "");
  model.policy.servers[0].port = model.at(std::int64_t{65'536});
  CheckFact& check = model.service("web").checks.emplace_back();
  check.accepts = {0, 256};
  check.span = model.span();
  model.schedule("monthly", "every month on 0, 31 at 02:00");
  CHECK(kinds_of(check_ranges, model.policy) == Kinds(3, lang::DiagnosticKind::ValueOutOfRange));
}

TEST_CASE("the bounds themselves are within") {
  ModelBuilder model;
  model.server("db", model.host("ctl01"), "");
  model.policy.servers[0].port = model.at(std::int64_t{65'535});
  model.service("web").checks.emplace_back().accepts = {0, 255};
  model.schedule("monthly", "every month on 1, 31 at 02:00");
  CHECK(findings_of(check_ranges, model.policy).empty());
}

}  // namespace backstay::compiler::testing
