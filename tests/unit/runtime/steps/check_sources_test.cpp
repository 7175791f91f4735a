#include <unistd.h>

#include "runtime/steps/steps.hpp"
#include "runtime/store/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

struct NoteEvents final : Events {
  std::vector<std::string> warnings;

  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view message) override {
    warnings.emplace_back(message);
  }
};

/// A host with a registered store, a directory, a SQLite file and a file that is none.
struct Host {
  test::TemporaryDirectory place;
  RealFilesystem files;
  test::FakeClock clock;
  test::ScriptedRunner runner;
  NoteEvents events;
  plan::Plan plan = test::sample_plan();
  World world{.clock = clock,
              .files = files,
              .commands = runner,
              .directories = {
                  .config = place / "config", .state = place / "state", .locks = place / "locks"}};

  Host() {
    plan.targets[0].path = place / "store";
    REQUIRE(init_store(files, world.directories, place / "store", "local"));
    REQUIRE(make_directories(files, place / "etc", 0700));
    const std::string_view magic("SQLite format 3\0and more", 24);
    REQUIRE(write_new_file(files, place / "good.sqlite", magic, 0600));
    REQUIRE(write_new_file(files, place / "empty.sqlite", "", 0600));
    REQUIRE(write_new_file(files, place / "text", "only text, long enough", 0600));
  }

  template <typename Use>
  auto with(plan::CheckSources action, Use use) {
    action.target = "local";
    const auto step = test::step("check", {}, action);
    StepContext context{.world = world,
                        .plan = plan,
                        .backup = plan.backups[0],
                        .step = step,
                        .run_id = "run",
                        .stop = {},
                        .events = events};
    return use(action, context);
  }

  Result<void> check(const plan::CheckSources& action) {
    return with(action, [](const auto& done, auto& context) { return execute(done, context); });
  }

  Preview look(const plan::CheckSources& action) {
    return with(action, [](const auto& done, auto& context) { return preview(done, context); });
  }
};

plan::CheckSources sources(std::vector<std::string> paths,
                           std::vector<std::string> optional = {},
                           std::vector<std::string> sqlite = {},
                           std::vector<std::string> servers = {}) {
  plan::CheckSources action;
  action.paths = std::move(paths);
  action.optional_paths = std::move(optional);
  action.sqlite = std::move(sqlite);
  action.servers = std::move(servers);
  return action;
}

}  // namespace

TEST_CASE("good sources pass without a word") {
  Host host;
  CHECK(host.check(sources({host.place / "etc"}, {host.place / "absent"},
                           {host.place / "good.sqlite", host.place / "empty.sqlite"})));
  CHECK(host.events.warnings.empty());
}

TEST_CASE("one bad source is told and leaves the others to be backed up") {
  Host host;
  const auto checked = host.check(sources({host.place / "etc", host.place / "missing"}));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().kind == ErrorKind::Partial);
  REQUIRE(host.events.warnings.size() == 1);
  CHECK(host.events.warnings[0] == "`" + (host.place / "missing") + "` does not exist");
}

TEST_CASE("where no source is good the step fails with the first reason") {
  Host host;
  const auto checked = host.check(sources({host.place / "missing"}, {}, {host.place / "text"}));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().kind == ErrorKind::NotFound);
  const auto no_sqlite = host.check(sources({}, {}, {host.place / "text"}));
  REQUIRE_FALSE(no_sqlite);
  CHECK(no_sqlite.error().kind == ErrorKind::BadInput);
}

TEST_CASE("a store that is not there fails the step, whatever the sources are") {
  Host host;
  REQUIRE(host.files.unlink(host.place / "store/FORMAT"));
  const auto checked = host.check(sources({host.place / "etc"}));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().kind == ErrorKind::Refused);
}

TEST_CASE("a server is asked for its version, and its refusal is the reason") {
  Host host;
  host.runner.expect("mariadb", Exit{.output = "10.11.11-MariaDB\t1\t16777216\t0\n"});
  CHECK(host.check(sources({}, {}, {}, {"control-db"})));
  host.runner.expect(
      "mariadb",
      Exit{.code = 1, .errors = "ERROR 1045 (28000): Access denied for user 'backup'@'localhost'"});
  const auto denied = host.check(sources({}, {}, {}, {"control-db"}));
  REQUIRE_FALSE(denied);
  CHECK(denied.error().kind == ErrorKind::Credentials);
}

TEST_CASE("a dry run shows every source and marks what would fail") {
  Host host;
  const auto lines = host.look(sources({host.place / "etc", host.place / "missing"},
                                       {host.place / "absent"}, {host.place / "good.sqlite"}));
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].text == "`" + (host.place / "etc") + "` is a directory");
  CHECK(lines[1].problem);
  CHECK_FALSE(lines[2].problem);
  CHECK(lines[3].text.ends_with("is a SQLite database"));
  CHECK(lines[4].text.find("target `local` is the store") == 0);
}

}  // namespace backstay::runtime
