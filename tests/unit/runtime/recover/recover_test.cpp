// What a dead run left is put right once, last first, and only what can be done is taken for done.
#include "runtime/recover/recover.hpp"

#include <fstream>

#include "runtime/journal/journal.hpp"
#include "runtime/recover/guard.hpp"
#include "runtime/recover/hook_release.hpp"
#include "runtime/recover/undo_kinds.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::FakeClock;
using test::TemporaryDirectory;

/// Undos that are files of a directory: `true` and `test` are hooks that the machine has anyway.
struct Fixture {
  TemporaryDirectory place;
  RealFilesystem files;
  FakeClock clock;
  RealCommandRunner commands;
  World world{clock, files, commands, {place / "config", place.path(), place / "locks"}};

  static Undo hook(std::vector<std::string> words) {
    Undo undo{.kind = "run-hook", .arguments = {"shop", "after-backup", "0", "0,3"}};
    undo.arguments.insert(undo.arguments.end(), words.begin(), words.end());
    return undo;
  }

  void left(const std::string& run, std::vector<Undo> undos) {
    REQUIRE(write_pending(files, place.path(), {.run_id = run, .undos = std::move(undos)}));
  }

  std::vector<Undo> pending(const std::string& run) {
    const auto all = read_pending(files, place.path());
    REQUIRE(all);
    for (const auto& found : *all) {
      if (found.run_id == run) {
        return found.undos;
      }
    }
    return {};
  }
};

}  // namespace

TEST_CASE("undos of dead runs are carried out last first, and are gone then") {
  Fixture here;
  here.left("run-1",
            {here.hook({"mkdir", here.place / "a/b"}), here.hook({"mkdir", here.place / "a"})});
  const auto recovery = recover(here.world, "", {});
  REQUIRE(recovery);
  REQUIRE(recovery->undos.size() == 2);
  CHECK_FALSE(recovery->undos[0].error);
  CHECK(recovery->undos[0].what == "run the after-backup hook of shop: mkdir " + here.place / "a");
  CHECK(exists(here.files, here.place / "a/b"));
  CHECK(here.pending("run-1").empty());
  CHECK(recover(here.world, "", {})->undos.empty());
}

TEST_CASE("an undo that fails stays pending and keeps nothing else from being done") {
  Fixture here;
  const Undo bad = here.hook({"false"});
  const Undo strange{.kind = "of-a-later-version", .arguments = {"x"}};
  here.left("run-1", {here.hook({"mkdir", here.place / "a"}), bad, strange});
  here.left("run-2", {here.hook({"mkdir", here.place / "b"})});
  const auto recovery = recover(here.world, "", {});
  REQUIRE(recovery);
  CHECK(here.pending("run-1") == std::vector<Undo>{bad, strange});
  CHECK(here.pending("run-2").empty());
  CHECK(exists(here.files, here.place / "a"));
  REQUIRE(recovery->undos.size() == 4);
  CHECK(recovery->undos[0].error->kind == ErrorKind::BadInput);
  CHECK(recovery->undos[1].error->kind == ErrorKind::ToolFailed);
}

TEST_CASE("what a living run has pending is its own") {
  Fixture here;
  const auto journal = Journal::open(here.files, here.clock, here.place.path(), "run-1");
  REQUIRE(journal);
  here.left("run-1", {here.hook({"mkdir", here.place / "a"})});
  const auto recovery = recover(here.world, "", {});
  REQUIRE(recovery);
  CHECK(recovery->alive == std::vector<std::string>{"run-1"});
  CHECK(here.pending("run-1").size() == 1);
  CHECK_FALSE(exists(here.files, here.place / "a"));
  CHECK(forget_pending(here.world, "run-1").error().kind == ErrorKind::Busy);
}

TEST_CASE("of several dead runs one can be recovered, and one forgotten") {
  Fixture here;
  here.left("run-1", {here.hook({"mkdir", here.place / "a"})});
  here.left("run-2", {here.hook({"mkdir", here.place / "b"})});
  REQUIRE(recover(here.world, "run-2", {}));
  CHECK_FALSE(exists(here.files, here.place / "a"));
  CHECK(exists(here.files, here.place / "b"));
  CHECK(forget_pending(here.world, "run-2").error().kind == ErrorKind::NotFound);
  CHECK(forget_pending(here.world, "run-1")->size() == 1);
  CHECK(here.pending("run-1").empty());
  CHECK_FALSE(exists(here.files, here.place / "a"));
}

TEST_CASE("a hook's accepted exits and time hold when it is run late, too") {
  Fixture here;
  here.left("run-1", {here.hook({"bash", "-c", "exit 3"})});
  CHECK_FALSE(recover(here.world, "", {})->undos.front().error);
  Undo slow = here.hook({"sleep", "60"});
  slow.arguments[2] = "1";
  here.left("run-2", {slow});
  CHECK(recover(here.world, "", {})->undos.front().error->kind == ErrorKind::Timeout);
}

TEST_CASE("a hook that undoes a step is pending from the step's begin until it has run") {
  Fixture here;
  plan::Step before;
  before.id = "before";
  before.action = plan::RunCommand{};
  plan::Step after;
  after.id = "after";
  after.action = plan::RunCommand{
      .service = "shop", .moment = "after-backup", .command = {"true"}, .accepts = {0}};
  after.undoes = "before";
  const std::vector<plan::Step> steps = {before, after};
  PendingUndos undos(here.files, here.place.path(), "run-1");

  class NoEvents final : public Events {
    void step(std::string_view, StepState, std::string_view) override {}

    void progress(std::string_view, std::uint64_t, std::string_view) override {}

    void warning(std::string_view, std::string_view) override {}
  } events;

  const HookRelease release(steps, undos);
  REQUIRE(release.before(before));
  CHECK(here.pending("run-1") == std::vector<Undo>{hook_undo(after)});
  release.after(before, events);
  CHECK(here.pending("run-1").size() == 1);
  release.after(after, events);
  CHECK(here.pending("run-1").empty());
}

TEST_CASE("the unit at boot names the installation, whatever its paths hold") {
  const Directories usual{"/etc/backstay", "/var/lib/backstay", "/run/backstay"};
  const auto unit = boot_unit(usual, "/usr/bin/backstay");
  CHECK(unit.name == "backstay-recover.service");
  CHECK(unit.text.find("ExecStart=\"/usr/bin/backstay\" \"recover\"\n") != std::string::npos);
  const Directories other{"/etc/a b", "/srv/100%/$x\"y", "/run/backstay"};
  const auto strange = boot_unit(other, "/usr/bin/backstay");
  CHECK(strange.name != unit.name);
  CHECK(strange.text.find("\"/srv/100%%/$$x\\\"y\"") != std::string::npos);
}

}  // namespace backstay::runtime
