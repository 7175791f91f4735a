#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

ModelBuilder services(int count) {
  ModelBuilder model;
  for (int number = 0; number < count; ++number) {
    model.service("s" + std::to_string(number));
  }
  return model;
}

/// Length of the shortest cycle through any service, by squaring nothing and trying all walks.
std::size_t shortest_cycle(const std::vector<std::vector<bool>>& needs) {
  const std::size_t count = needs.size();
  for (std::size_t length = 1; length <= count; ++length) {
    for (std::size_t start = 0; start < count; ++start) {
      std::set<std::size_t> reached{start};
      for (std::size_t step = 0; step < length; ++step) {
        std::set<std::size_t> next;
        for (const std::size_t from : reached) {
          for (std::size_t to = 0; to < count; ++to) {
            if (needs[from][to]) {
              next.insert(to);
            }
          }
        }
        reached = std::move(next);
      }
      if (reached.contains(start)) {
        return length;
      }
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("needs without a cycle are in order") {
  ModelBuilder model = services(3);
  model.needs(0, 1);
  model.needs(0, 2);
  model.needs(1, 2);
  CHECK(findings_of(check_order, model.policy).empty());
}

TEST_CASE("the shortest of several cycles is shown, each of its lines labelled") {
  ModelBuilder model = services(5);
  model.needs(0, 1);
  model.needs(1, 2);
  model.needs(2, 3);
  model.needs(3, 0);
  model.needs(2, 1);
  const auto found = findings_of(check_order, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::OrderCycle);
  CHECK(found[0].witness == std::vector<std::string>{"s1 needs s2, which needs s1"});
  CHECK(found[0].primary == model.policy.services[1].needs[0].span);
  REQUIRE(found[0].labels.size() == 1);
  CHECK(found[0].labels[0].span == model.policy.services[2].needs[1].span);
}

TEST_CASE("a service that needs itself is a cycle of one") {
  ModelBuilder model = services(2);
  model.needs(1, 1);
  const auto found = findings_of(check_order, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "service `s1` needs itself");
}

TEST_CASE("two circles that do not touch are two findings") {
  ModelBuilder model = services(4);
  model.needs(0, 1);
  model.needs(1, 0);
  model.needs(2, 3);
  model.needs(3, 2);
  CHECK(kinds_of(check_order, model.policy) == Kinds{Kind::OrderCycle, Kind::OrderCycle});
}

TEST_CASE("a cycle is found exactly where there is one, and none is shorter") {
  REQUIRE(rc::check([] {
    const int count = *rc::gen::inRange(1, 7);
    ModelBuilder model = services(count);
    const auto size = static_cast<std::size_t>(count);
    std::vector<std::vector<bool>> needs(size, std::vector<bool>(size));
    for (std::size_t from = 0; from < size; ++from) {
      for (std::size_t to = 0; to < size; ++to) {
        if (*rc::gen::inRange(0, 5) == 0) {
          needs[from][to] = true;
          model.needs(from, to);
        }
      }
    }
    std::size_t least = 0;
    for (const lang::Diagnostic& finding : findings_of(check_order, model.policy)) {
      const std::size_t length = finding.labels.size() + 1;
      least = least == 0 ? length : std::min(least, length);
    }
    RC_ASSERT(least == shortest_cycle(needs));
  }));
}

TEST_CASE("a chain of a hundred thousand services is no danger to the stack") {
  ModelBuilder model = services(100'000);
  for (Index number = 0; number + 1 < model.policy.services.size(); ++number) {
    model.needs(number, number + 1);
  }
  CHECK(findings_of(check_order, model.policy).empty());
}

}  // namespace backstay::compiler::testing
