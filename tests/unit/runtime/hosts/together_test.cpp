// Which hosts belong to one moment, and what a point says where one of them has none.
#include "runtime/hosts/together.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

plan::Step on(plan::Step step) {
  step.host = step.id.substr(step.id.find('@') + 1);
  return step;
}

/// a dumps while b and c stand still; d only comes after a.
std::vector<plan::Step> four_hosts() {
  const plan::Action capture = plan::CopySqlite{.component = "c", .path = "/c"};
  return {on(test::step("stop@b", {}, plan::StopUnits{})),
          on(test::step("stop@c", {}, plan::StopUnits{})),
          on(test::step("dump@a", {"stop@b", "stop@c"}, capture)),
          on(test::step("archive@d", {"dump@a"}, capture)),
          on(test::step("start@b", {"stop@b", "dump@a"}, plan::StartUnits{})),
          on(test::step("start@c", {"stop@c", "dump@a"}, plan::StartUnits{}))};
}

}  // namespace

TEST_CASE(
    "hosts that hold still for each other are of one moment; one that only comes later is not") {
  const auto graph = four_hosts();
  const std::vector<std::string> three = {"a", "b", "c"};
  CHECK(hosts_held_with(graph, "a") == three);
  CHECK(hosts_held_with(graph, "b") == three);
  CHECK(hosts_held_with(graph, "d").empty());
  CHECK(hosts_held_with(graph, "elsewhere").empty());
}

TEST_CASE("a point says who has none of its moment; its run is no full success any more") {
  const test::TemporaryDirectory directory;
  test::FakeClock clock;
  RealFilesystem files;
  test::ScriptedRunner commands;
  World world{.clock = clock,
              .files = files,
              .commands = commands,
              .directories = {.config = directory.path() + "/config",
                              .state = directory.path() + "/state",
                              .locks = directory.path() + "/locks"}};
  plan::Target target;
  target.name = "local";
  target.kind = "directory";
  target.path = directory.path() + "/store";
  REQUIRE(init_store(files, world.directories, target.path, target.name));
  const Part part{.set = "first", .what = "backup", .host = "a"};
  const std::string place = part_directory(world.directories.state, part);
  const std::string snapshot = "000001-sample-a-00000000";
  const std::string report =
      nlohmann::json({{"run", "r1"}, {"snapshot", snapshot}, {"warnings", {"earlier"}}}).dump();
  REQUIRE(make_directories(files, place, 0700));
  REQUIRE(make_directories(files, world.directories.state + "/runs", 0700));
  REQUIRE(make_directories(files, target.path + "/snapshots/" + snapshot, 0700));
  for (const std::string& path :
       {place + "/report.json", world.directories.state + "/runs/r1.json"})
    REQUIRE(replace_file(files, path, report, 0600));
  REQUIRE(write_exit(files, place, 0));
  const auto store = open_store(files, target, world.directories);
  REQUIRE(store);

  SECTION("all have theirs") {
    const auto settled = settle_together(world, target, four_hosts(), part, {"a", "b", "c"});
    REQUIRE(settled);
    CHECK(settled->apart.empty());
    CHECK(read_together(files, *store, snapshot).set == "first");
    CHECK(read_end(files, place)->exit == 0);
  }
  SECTION("one has none") {
    const auto settled = settle_together(world, target, four_hosts(), part, {"a", "c"});
    REQUIRE(settled);
    CHECK(settled->apart == std::vector<std::string>{"b"});
    const Together kept = read_together(files, *store, snapshot);
    CHECK(kept.with == std::vector<std::string>{"b", "c"});
    CHECK(kept.apart == std::vector<std::string>{"b"});
    CHECK(read_end(files, place)->exit == 3);
    for (const std::string& path :
         {place + "/report.json", world.directories.state + "/runs/r1.json"}) {
      const auto text = read_file(files, path);
      REQUIRE(text);
      const auto warnings = nlohmann::json::parse(*text).at("warnings");
      CHECK(warnings.size() == 2);
      CHECK(warnings.back().get<std::string>().find("not of one moment with b") !=
            std::string::npos);
    }
  }
  SECTION("a worse end stays what it was") {
    REQUIRE(write_exit(files, place, 5));
    REQUIRE(settle_together(world, target, four_hosts(), part, {"a"}));
    CHECK(read_end(files, place)->exit == 5);
  }
  SECTION("of a part that never ended nothing is said") {
    const Part other{.set = "other", .what = "backup", .host = "a"};
    CHECK_FALSE(settle_together(world, target, four_hosts(), other, {}));
  }
}

}  // namespace backstay::runtime
