#include "runtime/restore/steps_in_scope.hpp"

#include "runtime/restore/by_hand.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

using test::step;
using Names = std::vector<std::string>;

plan::Service service(const std::string& name, Names needs) {
  plan::Service made;
  made.name = name;
  made.hosts = {"ctl01"};
  made.needs = std::move(needs);
  return made;
}

/// base ← shop; lone stands alone, and brings the configuration of server db.
struct Shop {
  plan::Plan plan;
  std::vector<plan::Step> steps;

  Shop() {
    plan.services = {service("base", {}), service("lone", {}), service("shop", {"base"})};
    const auto stop = [](const std::string& name) {
      return step("stop." + name, {}, plan::StopUnits{.service = name, .units = {name}});
    };
    const auto files = [](const std::string& name) {
      return step("files." + name, {},
                  plan::RestoreFiles{
                      .component = name + ".etc", .path = "/" + name, .except = {}, .keep = {}});
    };
    plan::StartUnits restart{};
    restart.server = "db";
    restart.restart = true;
    steps = {step("check-snapshot", {}, plan::CheckSnapshot{}),
             stop("shop"),
             stop("lone"),
             stop("base"),
             files("base"),
             files("lone"),
             step("restart.db", {"files.lone"}, restart),
             files("shop"),
             step("after-restore.base", {},
                  plan::RunCommand{.service = "base",
                                   .moment = "after-restore",
                                   .command = {"migrate"},
                                   .accepts = {0}}),
             step("feed.lone.rules", {},
                  plan::FeedCommand{.component = "lone.rules", .command = {"load"}}),
             step("finish", {}, plan::FinishRestore{})};
  }

  [[nodiscard]] Names kept(const std::set<std::string>& components) const {
    Names ids;
    for (const plan::Step& one : steps_in_scope(plan, steps, components)) {
      ids.push_back(one.id);
    }
    return ids;
  }
};

}  // namespace

TEST_CASE("a service in scope brings its hooks, and the units of all that depend on it") {
  CHECK(Shop().kept({"base.etc"}) == Names{"check-snapshot", "stop.shop", "stop.base", "files.base",
                                           "after-restore.base", "finish"});
}

TEST_CASE("what nobody depends on is restored alone") {
  CHECK(Shop().kept({"shop.etc"}) == Names{"check-snapshot", "stop.shop", "files.shop", "finish"});
}

TEST_CASE("a server is restarted where its configuration is restored, and only there") {
  CHECK(Shop().kept({"lone.etc"}) ==
        Names{"check-snapshot", "stop.lone", "files.lone", "restart.db", "finish"});
  CHECK(Shop().kept({"lone.rules"}) ==
        Names{"check-snapshot", "stop.lone", "feed.lone.rules", "finish"});
}

TEST_CASE("a step is approved where the given plan holds it in the same words") {
  Shop shop;
  plan::Backup backup;
  backup.name = "b";
  backup.restore = shop.steps;
  plan::Plan given;
  given.backups = {backup};
  CHECK(approved_steps(&given, "b", shop.steps).size() == shop.steps.size());
  std::get<plan::RunCommand>(given.backups[0].restore[8].action).command = {"other"};
  CHECK_FALSE(approved_steps(&given, "b", shop.steps).contains("after-restore.base"));
  CHECK(approved_steps(&given, "b", shop.steps).contains("stop.shop"));
  CHECK(approved_steps(&given, "other", shop.steps).empty());
  CHECK(approved_steps(nullptr, "b", shop.steps).empty());
}

}  // namespace backstay::runtime
