#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

struct Silent final : Events {
  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view) override {}
};

plan::Service service(std::string name,
                      std::vector<std::string> needs,
                      std::vector<std::string> units) {
  plan::Service made;
  made.name = std::move(name);
  made.hosts = {"ctl01"};
  made.needs = std::move(needs);
  made.units = std::move(units);
  return made;
}

/// keystone ← nova ← dashboard; glance stands alone. The scope is nova's.
struct Finished {
  plan::Plan plan = test::sample_plan();
  RestoreRun run;
  RealFilesystem files;
  test::FakeClock clock;
  test::ScriptedRunner runner;
  Silent events;

  Finished() {
    auto nova = service("nova", {"keystone"}, {"nova-api.service", "nova-compute.service"});
    nova.held = {{.units = {"nova-compute.service"}, .because = "fence the old host first"}};
    nova.checks = {{.command = {"nova", "it's up"}, .accepts = {0, 1}, .within = Duration{60}}};
    plan.services = {service("keystone", {}, {"apache2.service"}),
                     service("glance", {}, {"glance-api.service"}), nova,
                     service("dashboard", {"nova"}, {"dashboard.service"})};
    run.components = {"nova.etc"};
    run.run_id = "run";
  }

  template <typename Use>
  auto with(Use use) {
    World world{.clock = clock, .files = files, .commands = runner, .directories = {}};
    const plan::FinishRestore action;
    const auto step = test::step("finish@ctl01", {}, action);
    StepContext context{.world = world,
                        .plan = plan,
                        .backup = plan.backups[0],
                        .step = step,
                        .run_id = "run",
                        .stop = {},
                        .events = events,
                        .staging = nullptr,
                        .snapshot = nullptr,
                        .restore = &run};
    return use(action, context);
  }
};

}  // namespace

TEST_CASE("the checklist starts what was restored and what depends on it, held units not") {
  Finished finished;
  REQUIRE(
      finished.with([](const auto& action, auto& context) { return execute(action, context); }));
  CHECK(finished.run.checklist ==
        std::vector<std::string>{"start nova: systemctl start nova-api.service",
                                 "leave stopped: nova-compute.service (fence the old host first)",
                                 "check nova within 1 min: nova 'it'\\''s up' (exit 0 or 1)",
                                 "start dashboard: systemctl start dashboard.service"});
}

TEST_CASE("a dry run says what to stop before, dependents first") {
  Finished finished;
  const auto lines =
      finished.with([](const auto& action, auto& context) { return preview(action, context); });
  REQUIRE(lines.size() >= 2);
  CHECK(lines[0].text == "before, by hand: stop dashboard: systemctl stop dashboard.service");
  CHECK(lines[1].text ==
        "before, by hand: stop nova: systemctl stop nova-compute.service nova-api.service");
}

TEST_CASE("a restore beside touches no service") {
  Finished finished;
  finished.run.request.to_directory = "/srv/look";
  REQUIRE(
      finished.with([](const auto& action, auto& context) { return execute(action, context); }));
  CHECK(finished.run.checklist.empty());
}

}  // namespace backstay::runtime
