#include "runtime/target/directory_target.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/target/contract.hpp"

namespace backstay::runtime::testing {
namespace {

TEST_CASE("A directory keeps the contract of all targets", "[target]") {
  const test::TemporaryDirectory far;
  check_target_contract({.open = [&far](World& world) {
    plan::Target target;
    target.name = "away";
    target.kind = "directory";
    target.path = far / "store";
    auto driver = make_directory_target(world, plan::Plan(), target);
    REQUIRE(driver);
    return *std::move(driver);
  }});
}

}  // namespace
}  // namespace backstay::runtime::testing
