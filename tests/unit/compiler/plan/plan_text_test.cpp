#include "compiler/plan/plan_text.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {

TEST_CASE("the text of a plan begins with what is left out and ends with the counts", "[plan]") {
  const std::string text = to_text(test::sample_plan(), {.color = false, .unicode = true});
  CHECK(text.find("Left out on purpose") < text.find("Sources of backup"));
  CHECK(text.find("! /etc/nova/\"odd\"\\* of nova: tab") != std::string::npos);
  CHECK(text.find("here, ümlaut") != std::string::npos);
  CHECK(text.find('\t') == std::string::npos);
  CHECK(text.ends_with("\nPlan: 6 steps, 4 sources, 1 target; nothing was changed.\n"));
}

TEST_CASE("the text of a plan shows what each step needs by number", "[plan]") {
  const std::string text = to_text(test::sample_plan(), {.color = false, .unicode = false});
  CHECK(text.find(" 4  archive.nova.etc@ctl01  archive /etc/nova") != std::string::npos);
  CHECK(text.find("  2, 3\n") != std::string::npos);
  CHECK(text.find("  4 (always)\n") != std::string::npos);
  CHECK(text.find("–") == std::string::npos);
}

TEST_CASE("colour changes nothing but escape sequences in the text of a plan", "[plan]") {
  std::string colored = to_text(test::sample_plan(), {.color = true, .unicode = true});
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b')) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  CHECK(colored == to_text(test::sample_plan(), {.color = false, .unicode = true}));
}

TEST_CASE("each service that leaves out a pattern is named, with its own reason", "[plan]") {
  Plan plan = test::sample_plan();
  auto& steps = plan.backups[0].backup;
  const auto archive = [](const std::string& service, const std::string& because) {
    ArchiveFiles files;
    files.component = service + ".data";
    files.path = "/srv/d";
    files.except = {{.pattern = "/srv/d/uploads", .because = because}};
    files.keep = {{.pattern = "/srv/d/uploads/gold", .because = ""}};
    return test::step("archive." + service + ".data@ctl01", {}, files);
  };
  steps.push_back(archive("a", "thumbnails"));
  steps.push_back(archive("b", "thumbnails"));
  steps.push_back(archive("z", "ALL CUSTOMER DATA"));
  const std::string text = to_text(plan, {});
  CHECK(text.find("! /srv/d/uploads of a, b: thumbnails\n") != std::string::npos);
  CHECK(text.find("! /srv/d/uploads of z: ALL CUSTOMER DATA\n") != std::string::npos);
  CHECK(text.find("but kept is /srv/d/uploads/gold of a, b, z\n") != std::string::npos);
}

TEST_CASE("a database that `all` leaves out is shown, and one that a service names is not",
          "[plan]") {
  Plan plan = test::sample_plan();
  auto& dump = std::get<DumpMariadb>(plan.backups[0].backup[1].action);
  dump.all_component = "rest.all";
  dump.all_except = {"nova", "scratch"};
  const std::string text = to_text(plan, {});
  CHECK(text.find("every other database on control-db but scratch  ") != std::string::npos);
  CHECK(text.find("! database scratch on control-db: rest takes all but this\n") !=
        std::string::npos);
  CHECK(text.find("database nova on") == std::string::npos);
}

TEST_CASE("every command that a plan runs stands in its text, each once", "[plan]") {
  Plan plan = test::sample_plan();
  const Probe probe{.command = {"/opt/evil", "run", "a b"}, .accepts = {0, 9}, .within = {60}};
  plan.backups[0].restore.push_back(
      test::step("check.nova@ctl01", {}, CheckService{.service = "nova", .checks = {probe}}));
  plan.backups[0].restore.push_back(
      test::step("check.nova@ctl02", {}, CheckService{.service = "nova", .checks = {probe}}));
  plan.secrets = {{.name = "s", .command = {"/opt/printsecret"}}};
  plan.notifies = {{.name = "n", .outcomes = {"failure"}, .command = {"/opt/tell"}}};
  const std::string text = to_text(plan, {});
  const std::string check = "nova      check    /opt/evil run \"a b\"  within 1m, accepts 0, 9\n";
  INFO(text);
  CHECK(text.find("Commands that run as root\n") < text.find("Sources of backup"));
  CHECK(text.find(check) != std::string::npos);
  CHECK(text.find(check) == text.rfind(check));
  CHECK(text.find("secret s  read     /opt/printsecret\n") != std::string::npos);
  CHECK(text.find("notify n  failure  /opt/tell\n") != std::string::npos);
}

TEST_CASE("what a plan says beside its steps stands in its text", "[plan]") {
  Plan plan = test::sample_plan();
  plan.notifies = {
      {.name = "n", .outcomes = {"failure"}, .mail = "evil@example.org", .webhook = "url"}};
  plan.servers[0].login_file = "/etc/backstay/db.cnf";
  plan.servers[0].datadir = "/var/lib/mysql";
  plan.services[0].sealed_by = {"/etc/nova/keys"};
  plan.moved = {{.kind = "service", .old_name = "compute", .new_name = "nova"}};
  plan.backups[0].deadline = {7200};
  plan.backups[0].compression = "fast";
  plan.backups[0].concurrency = 3;
  plan.backups[0].notify = "n";
  plan.backups[0].copies = {{.target = "far", .retention = "standard", .lag = "30min"}};
  const std::string text = to_text(plan, {});
  INFO(text);
  const auto shows = [&](std::string_view line) { return text.find(line) != std::string::npos; };
  CHECK(shows("n  on failure  mail to evil@example.org, webhook in secret url\n"));
  CHECK(shows("login /etc/backstay/db.cnf, data in /var/lib/mysql\n"));
  CHECK(shows("nova  sealed by /etc/nova/keys\n"));
  CHECK(shows("points of service compute are those of nova\n"));
  CHECK(shows(
      "(nightly, deadline 2h, notify n, compression fast, concurrency 3, lag 30min to far)\n"));
}

TEST_CASE("a target is shown with every retention that deletes there", "[plan]") {
  Plan plan = test::sample_plan();
  Retention little;
  little.name = "little";
  little.last = 1;
  plan.retentions.push_back(little);
  plan.backups.push_back(plan.backups[0]);
  plan.backups[0].retention = "little";
  const std::string text = to_text(plan, {});
  CHECK(text.find("keep little: last 1, at least 3; keep standard: daily 7, at least 3") !=
        std::string::npos);
}

TEST_CASE("a plan of nothing has no empty headings", "[plan]") {
  Plan plan;
  plan.policy = "nothing";
  const std::string text = to_text(plan, {});
  CHECK(text.find("Targets") == std::string::npos);
  CHECK(text.ends_with("0 targets; nothing was changed.\n"));
}

}  // namespace backstay::plan
