#include "runtime/target/directory_target.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

#include "runtime/target/scratch_directory.hpp"
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

TEST_CASE("scratch directories that are made at the same moment take nothing from each other") {
  const test::TemporaryDirectory place;
  std::atomic<int> made = 0;
  std::atomic<int> lost = 0;
  std::vector<std::jthread> threads;
  constexpr int kThreads = 4;
  constexpr int kRounds = 100;
  for (int each = 0; each < kThreads; ++each) {
    threads.emplace_back([&] {
      RealFilesystem files;
      for (int round = 0; round < kRounds; ++round) {
        const auto scratch = ScratchDirectory::make(files, place / "uploads");
        made += scratch ? 1 : 0;
        lost += scratch && std::filesystem::is_directory(scratch->path()) ? 0 : 1;
      }
    });
  }
  threads.clear();
  CHECK(made == kThreads * kRounds);
  CHECK(lost == 0);
  CHECK(std::filesystem::is_empty(place / "uploads"));
}

}  // namespace
}  // namespace backstay::runtime::testing
