// The time of a restore against a plain recursion over `needs`, facts missing here and there.
#include "compiler/check/restore_times.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

constexpr std::uint64_t kRate = 100;

struct Naive {
  std::vector<std::optional<std::uint64_t>> sizes;  ///< by service
  std::vector<std::vector<Index>> needs;            ///< lower numbers only
  bool rate_missing = false;                        ///< a second target says none

  [[nodiscard]] std::int64_t own(Index service) const {
    return static_cast<std::int64_t>((*sizes[service] + kRate - 1) / kRate);
  }

  [[nodiscard]] std::int64_t least(Index service) const {
    std::int64_t before = 0;
    for (const Index needed : needs[service]) {
      before = std::max(before, least(needed));
    }
    return before + (sizes[service] && !rate_missing ? own(service) : 0);
  }

  [[nodiscard]] std::optional<std::int64_t> most(Index service) const {
    std::int64_t before = 0;
    for (const Index needed : needs[service]) {
      const auto time = most(needed);
      if (!time) {
        return std::nullopt;
      }
      before = std::max(before, *time);
    }
    return sizes[service] ? std::optional(before + own(service)) : std::nullopt;
  }
};

Naive any_services() {
  Naive naive;
  const auto count = *rc::gen::inRange<Index>(1, 8);
  for (Index service = 0; service < count; ++service) {
    const bool known = *rc::gen::inRange(0, 6) != 0;
    naive.sizes.push_back(known ? std::optional(*rc::gen::inRange<std::uint64_t>(0, 5'000))
                                : std::nullopt);
    std::vector<Index> needs;
    for (Index other = 0; other < service; ++other) {
      if (*rc::gen::inRange(0, 3) == 0) {
        needs.push_back(other);
      }
    }
    naive.needs.push_back(needs);
  }
  naive.rate_missing = *rc::gen::arbitrary<bool>();
  return naive;
}

Policy model_of(const Naive& naive) {
  ModelBuilder model;
  const Index host = model.host("h");
  std::vector<Index> services;
  for (Index number = 0; number < naive.sizes.size(); ++number) {
    Service& service = model.service("s" + std::to_string(number), host);
    model.path(service, "/srv/" + std::to_string(number));
    if (naive.sizes[number]) {
      service.size = SizeFact{.size = model.at(ByteSize{*naive.sizes[number]}), .span = {}};
    }
    services.push_back(number);
  }
  for (Index number = 0; number < naive.needs.size(); ++number) {
    for (const Index needed : naive.needs[number]) {
      model.needs(number, needed);
    }
  }
  const Index fast = model.target("fast", "/fast");
  model.policy.targets[fast].bandwidth = model.at(ByteSize{kRate});
  const Index second = model.target("second", "/second");
  if (!naive.rate_missing) {
    model.policy.targets[second].bandwidth = model.at(ByteSize{kRate / 2});
  }
  Backup& backup = model.backup("b", services);
  backup.target = model.at(fast);
  CopyFact& copy = backup.copies.emplace_back();
  copy.target = model.at(second);
  return model.policy;
}

}  // namespace

TEST_CASE("a restore takes what a plain recursion over its needs adds up to") {
  CHECK(rc::check([] {
    const Naive naive = any_services();
    const Policy policy = model_of(naive);
    lang::Diagnostics diagnostics;
    const ProofContext context(policy, Horizon{}, diagnostics);
    const RestoreTimes times(context);
    for (Index service = 0; service < naive.sizes.size(); ++service) {
      RC_ASSERT(times.time(service).least == naive.least(service));
      RC_ASSERT(times.time(service).most == naive.most(service));
    }
  }));
}

TEST_CASE("services that need each other in a circle end all the same") {
  Naive naive{.sizes = {100, 200}, .needs = {{}, {0}}};
  Policy policy = model_of(naive);
  policy.services[0].needs.push_back({1, {}});
  lang::Diagnostics diagnostics;
  const ProofContext context(policy, Horizon{}, diagnostics);
  const RestoreTimes times(context);
  CHECK(times.time(0).least > 0);
  CHECK(times.longest_chain(0).size() <= 3);
}

TEST_CASE("what is somebody else's takes no time") {
  Naive naive{.sizes = {std::nullopt, 200}, .needs = {{}, {0}}};
  Policy policy = model_of(naive);
  policy.services[0].external = Located<std::string>{"the storage team", {}};
  lang::Diagnostics diagnostics;
  const ProofContext context(policy, Horizon{}, diagnostics);
  CHECK(RestoreTimes(context).time(1).most == 2);
}

}  // namespace backstay::compiler::testing
