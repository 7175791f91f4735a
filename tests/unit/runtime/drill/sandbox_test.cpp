// A sandbox begins empty, ends removed, and nothing but what a drill made ever goes.
#include "runtime/drill/sandbox.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

constexpr const char* kRun = "20261122T000000Z-0badcafe";

struct Place {
  Bench bench;
  World& world = *bench.world;
  std::string at = bench.directory / "sandbox";

  [[nodiscard]] std::vector<std::string> notes() {
    return bench.real.list(world.directories.state + "/drills").value();
  }
};

TEST_CASE("a sandbox is made, and gone with all that was put into it", "[drill]") {
  Place place;
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  CHECK(place.notes().size() == 1);
  write_text((*sandbox)->root("ctl01") + "/etc/nova/nova.conf", "x");
  write_text((*sandbox)->server("db") + "/data/file", "x");
  REQUIRE(error_of((*sandbox)->remove()).empty());
  CHECK_FALSE(exists(place.bench.real, place.at));
  CHECK(place.notes().empty());
}

TEST_CASE("an empty directory that was given is empty again, and stays", "[drill]") {
  Place place;
  REQUIRE(::mkdir(place.at.c_str(), 0700) == 0);
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  REQUIRE(error_of((*sandbox)->remove()).empty());
  CHECK(place.bench.real.list(place.at).value().empty());
}

TEST_CASE("what is not empty, not a directory or open to others is refused", "[drill]") {
  Place place;
  write_text(place.at + "/mine", "x");
  const auto full = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE_FALSE(full);
  CHECK(full.error().kind == ErrorKind::Refused);
  CHECK(full.error().message.find("holds `mine`") != std::string::npos);
  CHECK(exists(place.bench.real, place.at + "/mine"));

  const auto file = Sandbox::claim(place.world, kRun, place.at + "/mine");
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == ErrorKind::Refused);

  const std::string open = place.bench.directory / "open";
  REQUIRE(::mkdir(open.c_str(), 0700) == 0);
  REQUIRE(::chmod(open.c_str(), 0777) == 0);
  const auto others = Sandbox::claim(place.world, kRun, open);
  REQUIRE_FALSE(others);
  CHECK(others.error().kind == ErrorKind::Refused);

  const std::string link = place.bench.directory / "link";
  REQUIRE(::symlink("/var/tmp", link.c_str()) == 0);
  const auto through = Sandbox::claim(place.world, kRun, link);
  REQUIRE_FALSE(through);
  CHECK(through.error().kind == ErrorKind::Refused);
}

TEST_CASE("the sandbox of a drill that lives is left alone, that of a dead one goes", "[drill]") {
  Place place;
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  CHECK(remove_sandboxes(place.world, true).empty());
  CHECK(exists(place.bench.real, place.at));
  sandbox->reset();  // its lock ends as with the process
  const auto lines = remove_sandboxes(place.world, false);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("removed the sandbox") != std::string::npos);
  CHECK_FALSE(exists(place.bench.real, place.at));
  CHECK(place.notes().empty());
}

TEST_CASE("a kept sandbox goes only when kept ones are asked for", "[drill]") {
  Place place;
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  REQUIRE(error_of((*sandbox)->keep()).empty());
  sandbox->reset();
  CHECK(remove_sandboxes(place.world, false).empty());
  CHECK(exists(place.bench.real, place.at));
  CHECK(remove_sandboxes(place.world, true).size() == 1);
  CHECK_FALSE(exists(place.bench.real, place.at));
}

TEST_CASE("another directory under a sandbox's name is not removed", "[drill]") {
  Place place;
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  sandbox->reset();
  // Somebody moved the sandbox away and copied its marker into a directory of their own.
  const std::string moved = place.bench.directory / "moved";
  REQUIRE(::rename(place.at.c_str(), moved.c_str()) == 0);
  write_text(place.at + "/files/precious", "x");
  std::ifstream marker(moved + "/.backstay-drill");
  write_text(place.at + "/.backstay-drill", {std::istreambuf_iterator<char>(marker), {}});
  const auto lines = remove_sandboxes(place.world, true);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("is not the sandbox") != std::string::npos);
  CHECK(exists(place.bench.real, place.at + "/files/precious"));
}

TEST_CASE("what somebody put beside a dead sandbox's parts keeps it", "[drill]") {
  Place place;
  auto sandbox = Sandbox::claim(place.world, kRun, place.at);
  REQUIRE(error_of(sandbox).empty());
  sandbox->reset();
  write_text(place.at + "/notes.txt", "x");
  const auto lines = remove_sandboxes(place.world, true);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("holds `notes.txt`") != std::string::npos);
  CHECK(exists(place.bench.real, place.at + "/notes.txt"));
  CHECK(place.notes().size() == 1);
}

}  // namespace
}  // namespace backstay::runtime::testing
