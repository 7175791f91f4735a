// Restoring over what lives: what an `except` left out, mounts and foreign names stay exactly where
// they are, everything that is replaced or surplus is kept aside.
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

ino_t inode_of(const std::string& path) {
  struct stat status {};

  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

PlaceRequest in_place(const plan::ArchiveFiles& action, std::vector<std::string> paths = {}) {
  return {.files = Bench::restore_of(action),
          .paths = std::move(paths),
          .to_directory = {},
          .in_place = true,
          .run_id = {}};
}

}  // namespace

TEST_CASE("what an except left out stays where it lives, to the inode") {
  Bench bench;
  const std::string source = bench.directory / "nova";
  write_text(source + "/state", "good");
  write_text(source + "/instances/1/disk", "running");
  fs::permissions(source + "/instances", fs::perms(0750));
  write_text(source + "/instances/keep/this", "kept");
  auto action = bench.files_of(source);
  action.except = {{source + "/instances", "large"}};
  action.keep = {{source + "/instances/keep", ""}};
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());

  SECTION("the excluded directory goes in empty, with its mode; the ancestors of a keep as well") {
    const auto outcome = bench.restore(*id, {.files = Bench::restore_of(action),
                                             .paths = {},
                                             .to_directory = bench.directory / "to",
                                             .run_id = {}});
    REQUIRE(error_of(outcome).empty());
    const std::string there = bench.directory / ("to" + source);
    CHECK_FALSE(fs::exists(there + "/instances/1"));
    CHECK(read_text(there + "/instances/keep/this") == "kept");
    CHECK(fs::status(there + "/instances").permissions() == fs::perms(0750));
  }
  SECTION("in place") {
    write_text(source + "/state", "bad");
    write_text(source + "/surplus/x", "new since");
    write_text(source + "/instances/keep/this", "changed");
    write_text(source + "/instances/2/disk", "started since");
    write_text(source + "/.backstay-other", "ours");
    const ino_t disk = inode_of(source + "/instances/1/disk");
    const ino_t top = inode_of(source);
    const auto outcome = bench.restore(*id, in_place(action));
    REQUIRE(error_of(outcome).empty());
    CHECK(read_text(source + "/state") == "good");
    CHECK(read_text(source + "/instances/keep/this") == "kept");
    CHECK(inode_of(source + "/instances/1/disk") == disk);
    CHECK(read_text(source + "/instances/2/disk") == "started since");
    CHECK(read_text(source + "/.backstay-other") == "ours");
    CHECK_FALSE(fs::exists(source + "/surplus"));
    CHECK(inode_of(source) == top);
    REQUIRE(outcome->kept.size() == 1);
    const std::string aside = outcome->kept[0];
    CHECK(aside.starts_with(source + ".orig-"));
    CHECK(read_text(aside + "/state") == "bad");
    CHECK(read_text(aside + "/surplus/x") == "new since");
    CHECK(read_text(aside + "/instances/keep/this") == "changed");
    CHECK_FALSE(fs::exists(aside + "/instances/1"));
  }
  SECTION(
      "a file in the place of a directory that holds what was left out is refused before any "
      "change") {
    fs::remove(source + "/state");
    fs::create_directories(source + "/state");
    write_text(source + "/state/.backstay-x", "not selected");
    write_text(source + "/surplus", "still here");
    const auto before = describe_tree(source);
    const auto outcome = bench.restore(*id, in_place(action));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::Refused);
    CHECK(difference(before, describe_tree(source)) == "");
  }
  SECTION("a socket of a running program is not taken away") {
    const int number = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = source + "/s";
    REQUIRE(path.size() < sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    REQUIRE(bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const ino_t inode = inode_of(path);
    REQUIRE(error_of(bench.restore(*id, in_place(action))).empty());
    CHECK(inode_of(path) == inode);
    close(number);
  }
}

TEST_CASE("a path restores one file and leaves its neighbours untouched") {
  Bench bench;
  const std::string source = bench.directory / "etc/app";
  write_text(source + "/a.conf", "a");
  write_text(source + "/b.conf", "b");
  write_text(source + "/d/c.conf", "c");
  fs::create_hard_link(source + "/a.conf", source + "/z-again");
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  write_text(source + "/a.conf", "changed");
  write_text(source + "/b.conf", "also changed");
  const ino_t neighbour = inode_of(source + "/b.conf");

  SECTION("in place") {
    const auto outcome = bench.restore(*id, in_place(action, {source + "/a.conf"}));
    REQUIRE(error_of(outcome).empty());
    CHECK(read_text(source + "/a.conf") == "a");
    CHECK(read_text(source + "/b.conf") == "also changed");
    CHECK(inode_of(source + "/b.conf") == neighbour);
    REQUIRE(outcome->kept.size() == 1);
    CHECK(read_text(outcome->kept[0]) == "changed");
  }
  SECTION("refused where it exists and nothing was said") {
    auto request = in_place(action, {source + "/a.conf"});
    request.in_place = false;
    CHECK_FALSE(bench.restore(*id, request));
    CHECK(read_text(source + "/a.conf") == "changed");
  }
  SECTION("where only it is gone, it needs no leave") {
    fs::remove(source + "/a.conf");
    auto request = in_place(action, {source + "/a.conf"});
    request.in_place = false;
    REQUIRE(error_of(bench.restore(*id, request)).empty());
    CHECK(read_text(source + "/a.conf") == "a");
  }
  SECTION("the second name of a file alone") {
    fs::remove(source + "/z-again");
    REQUIRE(error_of(bench.restore(*id, in_place(action, {source + "/z-again"}))).empty());
    CHECK(read_text(source + "/z-again") == "a");
    CHECK(read_text(source + "/a.conf") == "changed");
  }
  SECTION("below directories that are gone, which get their own mode back") {
    fs::permissions(source + "/d", fs::perms(0711));
    const auto second = bench.back_up(action);
    REQUIRE(error_of(second).empty());
    fs::remove_all(source);
    REQUIRE(error_of(bench.restore(*second, in_place(action, {source + "/d/c.conf"}))).empty());
    CHECK(read_text(source + "/d/c.conf") == "c");
    CHECK(fs::status(source + "/d").permissions() == fs::perms(0711));
    CHECK_FALSE(fs::exists(source + "/a.conf"));
  }
  SECTION("what the snapshot does not hold is said") {
    const auto outcome = bench.restore(*id, in_place(action, {source + "/nothing"}));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::NotFound);
  }
  SECTION("a tree below the component") {
    write_text(source + "/d/surplus", "x");
    const auto outcome = bench.restore(*id, in_place(action, {source + "/d"}));
    REQUIRE(error_of(outcome).empty());
    CHECK_FALSE(fs::exists(source + "/d/surplus"));
    CHECK(read_text(outcome->kept.at(0) + "/surplus") == "x");
    CHECK(read_text(source + "/b.conf") == "also changed");
  }
}

TEST_CASE("a mount inside a tree stays mounted and is restored in itself") {
  REQUIRE(geteuid() == 0);
  Bench bench;
  const std::string source = bench.directory / "data";
  fs::create_directories(source + "/mounted");
  REQUIRE(mount("tmpfs", (source + "/mounted").c_str(), "tmpfs", 0, "size=4m") == 0);
  write_text(source + "/outer", "o1");
  write_text(source + "/mounted/inner", "i1");
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  write_text(source + "/outer", "o2");
  write_text(source + "/mounted/inner", "i2");
  write_text(source + "/mounted/surplus", "s");

  struct stat before {};

  stat((source + "/mounted").c_str(), &before);
  const auto outcome = id ? bench.restore(*id, in_place(action)) : Result<PlaceOutcome>(id.error());

  struct stat after {};

  stat((source + "/mounted").c_str(), &after);
  const std::string inner = read_text(source + "/mounted/inner");
  const bool surplus = fs::exists(source + "/mounted/surplus");
  std::vector<std::string> kept;
  if (outcome) {
    for (const std::string& path : outcome->kept)
      kept.push_back(read_text(path + "/inner") + read_text(path + "/outer"));
  }
  REQUIRE(umount((source + "/mounted").c_str()) == 0);
  REQUIRE(error_of(outcome).empty());
  CHECK(before.st_dev == after.st_dev);
  CHECK(read_text(source + "/outer") == "o1");
  CHECK(inner == "i1");
  CHECK_FALSE(surplus);
  CHECK(kept == std::vector<std::string>{"o2", "i2"});
}

}  // namespace backstay::runtime::testing
