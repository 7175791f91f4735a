// systemctl as it really answers: tests/fixtures/systemctl/show.txt was recorded from a booted
// systemd 252 (tests/support/booted_systemd.sh), for the units and properties that the test asks
// for.
#include "runtime/system/service_manager.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "runtime/system/stop_scope.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::ScriptedRunner;

std::string recorded(const std::string& name = "show") {
  std::ostringstream text;
  text << std::ifstream(BACKSTAY_SOURCE_DIR "/tests/fixtures/systemctl/" + name + ".txt").rdbuf();
  return text.str();
}

/// An answer with its exit status: lines `out: `, `err: `, `exit: `.
Exit answer(const std::string& name) {
  Exit exit;
  std::istringstream lines(recorded(name));
  for (std::string line; std::getline(lines, line);) {
    const std::string rest = line.substr(line.find(' ') + 1);
    if (line.starts_with("out: ")) {
      exit.output += rest + "\n";
    } else if (line.starts_with("err: ")) {
      exit.errors += rest + "\n";
    } else {
      exit.code = std::stoi(rest);
    }
  }
  return exit;
}

/// The record of one unit in show.txt.
std::string shown(const std::string& unit, const std::vector<std::string>& units) {
  std::string text = recorded();
  for (const std::string& each : units) {
    const auto end = text.find("\n\n");
    if (each == unit) {
      return text.substr(0, end) + "\n";
    }
    text.erase(0, end + 2);
  }
  return {};
}

const std::vector<std::string> kUnits = {"db.service",   "app.service",   "talk.service",
                                         "talk.socket",  "job.service",   "broken.service",
                                         "held.service", "absent.service"};

std::string show(const std::string& active, const std::string& more = {}) {
  return "LoadState=loaded\nActiveState=" + active + "\n" + more;
}

}  // namespace

TEST_CASE("the states of several units are asked for at once, and read as systemd says them") {
  ScriptedRunner runner;
  runner.expect("systemctl", Exit{.output = recorded()});
  const auto states = ServiceManager(runner).states(kUnits);
  REQUIRE(states);
  REQUIRE(states->size() == kUnits.size());
  const auto& [db, app, talk, socket, job, broken, held, absent] =
      std::tie((*states)[0], (*states)[1], (*states)[2], (*states)[3], (*states)[4], (*states)[5],
               (*states)[6], (*states)[7]);
  CHECK(db.is_active());
  CHECK(db.file_state == "enabled");
  CHECK(db.stops_too == std::vector<std::string>{"app.service"});
  CHECK(db.stop_timeout == std::chrono::seconds(90));
  CHECK(app.stop_timeout == std::chrono::seconds(0));
  CHECK(app.start_timeout == std::chrono::seconds(90));
  CHECK(talk.triggered_by == std::vector<std::string>{"talk.socket"});
  CHECK(socket.is_active());
  CHECK_FALSE(job.is_active());
  CHECK(broken.active == "failed");
  CHECK_FALSE(held.condition_met);
  CHECK(absent.load == "not-found");
  const auto& arguments = runner.asked().front().arguments;
  REQUIRE(arguments.size() == 3 + kUnits.size());
  CHECK(arguments[0] == "show");
  CHECK(arguments[2] == "--");
}

TEST_CASE("a start or stop that systemd refuses is an error in its own words") {
  const auto said = [](const std::string& unit, const std::string& file, auto ask) {
    ScriptedRunner runner;
    runner.expect("systemctl", Exit{.output = shown(unit, kUnits)});
    runner.expect("systemctl", answer(file));
    runner.expect("systemctl", Exit{.output = shown(unit, kUnits)});
    ServiceManager manager(runner);
    const Result<void> done = ask(manager, unit);
    return done ? std::string() : done.error().message + " | " + done.error().hint;
  };
  const auto start = [](ServiceManager& manager, const std::string& unit) {
    return manager.start(unit);
  };
  const auto stop = [](ServiceManager& manager, const std::string& unit) {
    return manager.stop(unit);
  };
  CHECK_THAT(said("broken.service", "start-broken", start),
             Catch::Contains("exit status 1") && Catch::Contains("control process exited") &&
                 Catch::Contains("see `systemctl status broken.service`"));
  CHECK_THAT(said("held.service", "start-held", start), Catch::Contains("condition"));
  CHECK_THAT(said("absent.service", "start-absent", start), Catch::Contains("not found"));
  CHECK_THAT(said("absent.service", "start-masked", start), Catch::Contains("masked"));
  CHECK_THAT(said("absent.service", "stop-absent", stop), Catch::Contains("not loaded"));
}

TEST_CASE("an answer that does not say the state of every unit is an error") {
  CHECK_FALSE(parse_unit_states("", {"a.service"}));
  CHECK_FALSE(parse_unit_states(show("active"), {"a.service", "b.service"}));
  CHECK_FALSE(parse_unit_states("ActiveState=active\n", {"a.service"}));
}

TEST_CASE("a unit that runs again right after its stop was not stopped") {
  ScriptedRunner runner;
  runner.expect("systemctl", Exit{.output = show("active")});
  runner.expect("systemctl", Exit{});
  runner.expect("systemctl", Exit{.output = show("activating")});
  const auto stopped = ServiceManager(runner).stop("a.service");
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().message == "a.service was stopped and is activating again");
}

TEST_CASE("a unit that systemd passes over was not started, though systemctl says nothing") {
  ScriptedRunner runner;
  runner.expect("systemctl", Exit{.output = show("inactive")});
  runner.expect("systemctl", Exit{});
  runner.expect("systemctl", Exit{.output = show("inactive", "ConditionResult=no\n")});
  const auto started = ServiceManager(runner).start("a.service");
  REQUIRE_FALSE(started);
  CHECK(started.error().message.find("condition") != std::string::npos);
}

TEST_CASE("a stop waits as long as the unit's own time-out, and a little more") {
  ScriptedRunner runner;
  for (const char* facts : {"TimeoutStopUSec=1min 30s\n", "TimeoutStopUSec=infinity\n",
                            "TimeoutStopUSec=2h 5min 500ms\n"}) {
    runner.expect("systemctl", Exit{.output = show("active", facts)});
    runner.expect("systemctl", Exit{});
    runner.expect("systemctl", Exit{.output = show("inactive")});
    REQUIRE(ServiceManager(runner).stop("a.service"));
  }
  CHECK(runner.asked()[1].deadline == std::chrono::seconds(105));
  CHECK(runner.asked()[4].deadline == std::chrono::seconds(600));
  CHECK(runner.asked()[7].deadline == std::chrono::seconds(600));
}

TEST_CASE("a unit is enabled, disabled, masked and unmasked only where that changes something") {
  const auto asked = [](const std::string& now, const std::string& wanted) {
    ScriptedRunner runner;
    runner.expect("systemctl", Exit{});
    runner.expect("systemctl", Exit{});
    (void)ServiceManager(runner).set_file_state({.unit = "a.service", .file_state = now}, wanted);
    std::string verbs;
    for (const auto& command : runner.asked()) {
      verbs += command.arguments.front() + " ";
    }
    return verbs;
  };
  CHECK(asked("disabled", "enabled") == "enable ");
  CHECK(asked("enabled", "disabled") == "disable ");
  CHECK(asked("masked", "enabled") == "unmask enable ");
  CHECK(asked("enabled", "masked") == "mask ");
  CHECK(asked("enabled", "enabled").empty());
  CHECK(asked("static", "enabled").empty());
  CHECK(asked("enabled", "static").empty());
  CHECK(asked("disabled", "").empty());
}

// Run by tests/e2e/systemd_test.sh on a booted machine, the second one after a reboot.
TEST_CASE("forbidden units do not start as long as the marker is there", "[.booted-forbid]") {
  RealFilesystem files;
  REQUIRE(systemd_runs(files));
  RealCommandRunner runner;
  ServiceManager manager(runner);
  REQUIRE(manager.forbid_start(files, {"app-idle.service"}, "/srv/half 100%"));
  REQUIRE(manager.forbid_start(files, {"app-idle.service"}, "/srv/half 100%"));
  CHECK(start_is_forbidden(files, "app-idle.service"));
  CHECK_FALSE(manager.start("app-idle.service"));
  CHECK_FALSE(*manager.is_active("app-idle.service"));
}

TEST_CASE("allowed units start again", "[.booted-allow]") {
  RealFilesystem files;
  REQUIRE(systemd_runs(files));  // only on a booted machine
  RealCommandRunner runner;
  ServiceManager manager(runner);
  CHECK_FALSE(*manager.is_active("app-idle.service"));
  CHECK_FALSE(manager.start("app-idle.service"));
  REQUIRE(manager.allow_start(files, {"app-idle.service"}));
  REQUIRE(manager.allow_start(files, {"app-idle.service"}));
  CHECK_FALSE(start_is_forbidden(files, "app-idle.service"));
  CHECK_FALSE(exists(files, "/etc/systemd/system/app-idle.service.d"));
  CHECK(manager.start("app-idle.service"));
}

}  // namespace backstay::runtime
