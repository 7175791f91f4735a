#include <string>
#include <vector>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

ModelBuilder model_with(const std::string& zone, const std::string& rule) {
  ModelBuilder model;
  model.policy.zone = model.text(zone);
  model.schedule("nightly", rule);
  return model;
}

std::vector<lang::Diagnostic> findings(const ModelBuilder& model) {
  const Check check = [](const Policy& policy, lang::Diagnostics& found) {
    check_schedules(policy, Horizon{}, found);
  };
  return findings_of(check, model.policy);
}

}  // namespace

TEST_CASE("a policy with schedules and no zone is told once, with each schedule beside") {
  ModelBuilder model;
  model.schedule("hourly", "every 1h");
  model.schedule("nightly", "every day at 02:30");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::MissingZone);
  CHECK(found[0].labels.size() == 1);
}

TEST_CASE("a policy without schedules needs no zone") {
  CHECK(findings(ModelBuilder{}).empty());
}

TEST_CASE("a zone that nobody knows is told with the one that is meant") {
  const auto found = findings(model_with("Europe/Berln", "every day at 02:30"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::UnknownZone);
  CHECK(found[0].help.find("Europe/Berlin") != std::string::npos);
}

TEST_CASE("a rule in the hour of the clock change is told with both days and a safe time") {
  const auto found = findings(model_with("Europe/Berlin", "every day at 02:30"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::DstGap);
  CHECK(found[0].witness ==
        std::vector<std::string>{
            "2027-03-28 02:30 does not exist in Europe/Berlin: it runs at 03:00",
            "2027-10-31 02:30 occurs twice in Europe/Berlin: it runs the first time"});
  CHECK(found[0].help == "`03:00` exists once on every day");
}

TEST_CASE("UTC, intervals and other hours know no clock change") {
  CHECK(findings(model_with("UTC", "every day at 02:30")).empty());
  CHECK(findings(model_with("Europe/Berlin", "every 6h")).empty());
  CHECK(findings(model_with("Europe/Berlin", "every day at 04:00")).empty());
  CHECK(findings(model_with("Europe/Berlin", "every mon at 02:30")).empty());
}

TEST_CASE("an interval that does not divide a day is told with its neighbours") {
  const auto found = findings(model_with("UTC", "every 5h"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::BadInterval);
  CHECK(found[0].help == "write `every 4h` or `every 6h`");
  CHECK(findings(model_with("UTC", "every 0h")).at(0).kind == Kind::BadInterval);
  CHECK(findings(model_with("UTC", "every 2d")).at(0).kind == Kind::BadInterval);
  CHECK(findings(model_with("UTC", "every 1d")).empty());
}

TEST_CASE("a window longer than the least gap lets runs overlap") {
  ModelBuilder model = model_with("UTC", "every day at 02:00, 03:00");
  model.policy.schedules[0].window = model.at(Duration{5'400});
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::RunsOverlap);
  CHECK(found[0].primary == model.policy.schedules[0].window->span);
  CHECK(found[0].witness == std::vector<std::string>{"2027-01-01 02:00 and 2027-01-01 03:00"});

  model.policy.schedules[0].window = model.at(Duration{3'600});
  CHECK(findings(model).empty());
}

TEST_CASE("the least gap is the one of the night on which the clock goes forward") {
  ModelBuilder model = model_with("Europe/Berlin", "every day at 00:00, 12:00");
  model.policy.schedules[0].window = model.at(Duration{12 * 3'600});
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].witness == std::vector<std::string>{"2027-03-28 00:00 and 2027-03-28 12:00"});
}

TEST_CASE("days that some months do not have are told with the months") {
  const auto found = findings(model_with("UTC", "every month on 31 at 02:00"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::AbsentDays);
  CHECK(found[0].witness.front() == "2027-02 has no day 31: nothing runs");
  CHECK(findings(model_with("UTC", "every month on 1, 28 at 02:00")).empty());
}

TEST_CASE("a schedule that runs once or never is told") {
  const auto once = findings(model_with("UTC", "calendar \"2027-05-05 02:00\""));
  REQUIRE(once.size() == 1);
  CHECK(once[0].kind == Kind::SeldomFires);
  CHECK(once[0].message == "schedule `nightly` runs only once");
  const auto never = findings(model_with("UTC", "calendar \"*-02-30 02:00\""));
  REQUIRE(never.size() == 1);
  CHECK(never[0].message == "schedule `nightly` runs never");
}

TEST_CASE("a calendar expression is checked for what it says") {
  CHECK(findings(model_with("UTC", "calendar \"Mon..Fri 02:30\"")).empty());
  const auto found = findings(model_with("UTC", "calendar \"Mun 02:30\""));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::BadCalendar);
}

}  // namespace backstay::compiler::testing
