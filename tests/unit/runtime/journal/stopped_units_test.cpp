// What a run stops starts again: the order, the way back that is noted first, what is left alone.
#include "runtime/journal/stopped_units.hpp"

#include <functional>
#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::FakeClock;
using test::TemporaryDirectory;

/// A machine of units that answers systemctl and writes down what it was asked to do.
class UnitMachine final : public CommandRunner {
 public:
  struct Unit {
    std::string active = "active";
    std::string facts = {};  ///< further lines of `show`
  };

  std::map<std::string, Unit> units;
  std::vector<std::string> log;
  std::string refuses = {};  ///< a unit that does not start
  std::function<void(const std::string&)> before = {};

  Result<Exit> run(const Command& command, std::stop_token /*stop*/) override {
    const std::string& verb = command.arguments.front();
    if (verb == "show") {
      return Exit{.output = show({command.arguments.begin() + 3, command.arguments.end()})};
    }
    const std::string& unit = command.arguments.back();
    if (before) {
      before(verb + " " + unit);
    }
    log.push_back(verb + " " + unit);
    if (verb == "start" && unit == refuses) {
      return Exit{.code = 1, .errors = "Job failed"};
    }
    units[unit].active = verb == "stop" ? "inactive" : "active";
    return Exit{};
  }

 private:
  std::string show(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
      const bool known = units.contains(name);
      text += (text.empty() ? "" : "\n") + std::string("LoadState=") +
              (known ? "loaded" : "not-found") +
              "\nActiveState=" + (known ? units[name].active : "inactive") + "\n" +
              (known ? units[name].facts : "");
    }
    return text;
  }
};

struct Fixture {
  TemporaryDirectory place;
  RealFilesystem files;
  FakeClock clock;
  std::unique_ptr<Journal> journal = *Journal::open(files, clock, place.path(), "run-1");
  PendingUndos undos{files, place.path(), "run-1"};
  UnitMachine machine;
  ServiceManager manager{machine};
  StoppedUnits stopped{*journal, undos, AfterCrash::StartAgain};

  std::vector<std::string> pending() {
    std::vector<std::string> units;
    const auto runs = read_pending(files, place.path());
    for (const auto& run : *runs) {
      for (const auto& undo : run.undos) {
        units.push_back(undo.arguments.front());
      }
    }
    return units;
  }
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the way back is durable before a unit is stopped, and gone once it runs again") {
  Fixture here;
  here.machine.units["a.service"];
  here.machine.before = [&](const std::string& asked) {
    CHECK(here.pending() == Words{"a.service"});
    CHECK((asked == "stop a.service" || asked == "start a.service"));
  };
  CHECK(*here.stopped.stop(here.manager, "a.service"));
  CHECK(*here.stopped.start(here.manager, "a.service"));
  CHECK(here.pending().empty());
  CHECK(here.machine.log == Words{"stop a.service", "start a.service"});
}

TEST_CASE("a unit that is not active, failed or not installed is neither stopped nor started") {
  Fixture here;
  here.machine.units["idle.service"].active = "inactive";
  here.machine.units["broken.service"].active = "failed";
  for (const auto* unit : {"idle.service", "broken.service", "absent.service"}) {
    CHECK_FALSE(*here.stopped.stop(here.manager, unit));
    CHECK_FALSE(*here.stopped.start(here.manager, unit));
  }
  CHECK(here.machine.log.empty());
  CHECK(here.pending().empty());
}

TEST_CASE("the socket of a service stops before it and starts before it, also of an idle one") {
  Fixture here;
  here.machine.units["a.service"].facts = "TriggeredBy=a.socket a.timer\n";
  here.machine.units["a.socket"];
  here.machine.units["a.timer"].active = "inactive";
  here.machine.units["idle.service"] = {.active = "inactive", .facts = "TriggeredBy=idle.socket\n"};
  here.machine.units["idle.socket"];
  CHECK(*here.stopped.stop(here.manager, "a.service"));
  CHECK(*here.stopped.stop(here.manager, "idle.service"));
  CHECK(here.pending() == Words{"a.service", "a.socket", "idle.socket"});
  CHECK(*here.stopped.start(here.manager, "a.service"));
  CHECK_FALSE(*here.stopped.start(here.manager, "idle.service"));
  CHECK(here.machine.log == Words{"stop a.socket", "stop a.service", "stop idle.socket",
                                  "start a.socket", "start a.service", "start idle.socket"});
}

TEST_CASE("what systemd stops along with a unit is started after it, targets apart") {
  Fixture here;
  here.machine.units["a.service"].facts = "RequiredBy=b.service all.target\nConsistsOf=c.service\n";
  here.machine.units["b.service"].facts = "BoundBy=d.service a.service\n";
  here.machine.units["c.service"].active = "inactive";
  here.machine.units["d.service"];
  here.machine.units["all.target"];
  CHECK(*here.stopped.stop(here.manager, "a.service"));
  CHECK(here.pending() == Words{"d.service", "b.service", "a.service"});
  CHECK(*here.stopped.start(here.manager, "a.service"));
  CHECK(here.machine.log ==
        Words{"stop a.service", "start a.service", "start b.service", "start d.service"});
}

TEST_CASE("what is masked while it runs is not stopped: it could not start again") {
  Fixture here;
  here.machine.units["a.service"].facts = "UnitFileState=masked\n";
  const auto stopped = here.stopped.stop(here.manager, "a.service");
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().message.find("masked") != std::string::npos);
  CHECK(here.machine.log.empty());
}

TEST_CASE("a unit that does not start stays pending") {
  Fixture here;
  here.machine.units["a.service"];
  CHECK(*here.stopped.stop(here.manager, "a.service"));
  here.machine.refuses = "a.service";
  CHECK_FALSE(here.stopped.start(here.manager, "a.service"));
  CHECK(here.pending() == Words{"a.service"});
}

TEST_CASE("what a restore stops stays down when it dies") {
  Fixture here;
  here.machine.units["a.service"];
  StoppedUnits held(*here.journal, here.undos, AfterCrash::StayDown);
  CHECK(*held.stop(here.manager, "a.service"));
  CHECK(here.pending().empty());
  CHECK(*held.start(here.manager, "a.service"));
}

TEST_CASE("where the way back cannot be noted nothing is stopped") {
  Fixture here;
  here.machine.units["a.service"];
  PendingUndos unguarded(here.files, here.place.path(), "run-2",
                         {.arm = [] { return Result<void>(Error{.message = "no timer"}); }});
  StoppedUnits stopped(*here.journal, unguarded, AfterCrash::StartAgain);
  CHECK_FALSE(stopped.stop(here.manager, "a.service"));
  CHECK(here.machine.log.empty());
}

}  // namespace backstay::runtime
