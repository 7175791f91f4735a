#include <set>
#include <string>

#include <rapidcheck.h>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

/// Two services on a server each, that want one instant.
ModelBuilder two_servers() {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  const Index one = model.server("one", host, "");
  const Index two = model.server("two", host, "");
  model.database(model.service("nova"), "nova", one);
  model.database(model.service("placement"), "placement", two);
  model.policy.services[0].instant_with.push_back(model.at(Index{1}));
  return model;
}

}  // namespace

TEST_CASE("one instant on two servers is told once for both directions") {
  ModelBuilder model = two_servers();
  model.policy.services[1].instant_with.push_back(model.at(Index{0}));
  const auto found = findings_of(check_instants, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::SplitInstant);
  CHECK(found[0].primary == model.policy.services[0].instant_with[0].span);

  model.policy.services[1].databases[0].server.value = 0;
  CHECK(findings_of(check_instants, model.policy).empty());
}

TEST_CASE("two servers are as good as one while both services stand still") {
  ModelBuilder model = two_servers();
  model.policy.services[0].quiesce_stop = model.span();
  const auto found = findings_of(check_instants, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels.back().span == *model.policy.services[0].quiesce_stop);
  model.policy.services[1].quiesce_stop = model.span();
  CHECK(findings_of(check_instants, model.policy).empty());
}

TEST_CASE("services of one instant belong into one backup") {
  ModelBuilder model = two_servers();
  model.policy.services[1].databases[0].server.value = 0;
  model.backup("one", {0});
  model.backup("two", {1});
  const auto found = findings_of(check_instants, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels.size() == 2);
  model.backup("both", {0, 1});
  CHECK(findings_of(check_instants, model.policy).empty());
}

TEST_CASE("a pair is split exactly where some two of its databases lie on two servers") {
  REQUIRE(rc::check([] {
    ModelBuilder model;
    const Index host = model.host("ctl01");
    for (int number = 0; number < 3; ++number) {
      model.server("s" + std::to_string(number), host, "");
    }
    std::set<Index> servers[2];
    for (const int side : {0, 1}) {
      Service& service = model.service(side == 0 ? "a" : "b");
      const int count = *rc::gen::inRange(0, 4);
      for (int number = 0; number < count; ++number) {
        const auto server = *rc::gen::inRange<Index>(0, 3);
        servers[side].insert(server);
        model.database(service, "d" + std::to_string(number), server);
      }
    }
    model.policy.services[0].instant_with.push_back(model.at(Index{1}));
    bool split = false;
    for (const Index one : servers[0]) {
      for (const Index other : servers[1]) {
        split = split || one != other;
      }
    }
    RC_ASSERT(findings_of(check_instants, model.policy).empty() == !split);
  }));
}

}  // namespace backstay::compiler::testing
