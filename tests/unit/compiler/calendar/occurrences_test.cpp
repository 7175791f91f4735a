// Fires against systemd's own calendar where both have the form, and against known clock changes.
#include "compiler/calendar/occurrences.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/calendar/systemd_calendar.hpp"

namespace backstay::compiler::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

sys_seconds utc(int year, unsigned month, unsigned day, int hour, int minute) {
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
         hours(hour) + minutes(minute);
}

std::vector<Fire> fires_of(const std::string& rule, const std::string& zone) {
  const auto parsed = parse_schedule_rule(rule);
  REQUIRE(parsed);
  return find_fires(*parsed, Zone::find(zone).value());
}

std::vector<sys_seconds> instants_of(const std::vector<Fire>& fires) {
  std::vector<sys_seconds> instants;
  for (const Fire& fire : fires) {
    instants.push_back(fire.at);
  }
  return instants;
}

/// Only what both sides have looked at: after the first instant of the year, for systemd looks for
/// what comes later than it, and before its last, for systemd 252 loses `3/8` over a turn of year
/// (timers are written without it: timer_calendar_test.cpp).
bool agree(std::vector<sys_seconds> ours, std::vector<sys_seconds> theirs) {
  const auto is_outside = [](sys_seconds at) {
    return at <= utc(2027, 1, 1, 0, 0) || at >= utc(2028, 1, 1, 0, 0);
  };
  std::erase_if(ours, is_outside);
  std::erase_if(theirs, is_outside);
  const std::size_t common = std::min(ours.size(), theirs.size());
  return std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(common),
                    theirs.begin()) &&
         (ours.size() == theirs.size() || theirs.size() >= 100);
}

struct Form {
  std::string rule;
  std::string expression;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all{
      {"every day at 02:30", "*-*-* 02:30:00"},
      {"every mon, thu at 05:45", "Mon,Thu *-*-* 05:45:00"},
      {"every 1st sat at 10:00", "Sat *-*-01..07 10:00:00"},
      {"every 4th wed at 10:00", "Wed *-*-22..28 10:00:00"},
      {"every last sun at 06:00", "Sun *-*~01..07 06:00:00"},
      {"every month on 1, 15 at 12:00", "*-*-01,15 12:00:00"},
      {"every month on 31 at 12:00", "*-*-31 12:00:00"},
      {"every 6h", "*-*-* 00/6:00:00"},
  };
  return all;
}

/// A field such as `*`, `3`, `1..5`, `2/3` with values that every month or hour has.
std::string any_field(int least, int greatest) {
  const auto value = [&] { return *rc::gen::inRange(least, greatest + 1); };
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return "*";
    case 1:
      return std::to_string(value()) + "," + std::to_string(value());
    case 2: {
      const int first = value();
      return std::to_string(first) + ".." + std::to_string(*rc::gen::inRange(first, greatest + 1));
    }
    default: {
      const int first = *rc::gen::inRange(least, greatest);
      const int repeat = *rc::gen::inRange(1, greatest - first + 1);
      return std::to_string(first) + "/" + std::to_string(repeat);
    }
  }
}

}  // namespace

TEST_CASE("systemd-analyze is there to compare with") {
  // Debian's package systemd has it; without it the comparisons below would prove nothing.
  REQUIRE(has_systemd_analyze());
}

TEST_CASE("the rules of the language fire when systemd fires the same rule") {
  for (const std::string zone : {"UTC", "Europe/Berlin", "Asia/Kolkata"}) {
    for (const Form& form : forms()) {
      if (form.rule == "every 6h" && zone != "UTC") {
        continue;  // ours counts from midnight UTC in every zone
      }
      INFO(form.rule << " in " << zone);
      const std::vector<Fire> fires = fires_of(form.rule, zone);
      // Our answer for a skipped or repeated hour is our own, and tested below.
      std::vector<sys_seconds> ours;
      std::vector<sys_seconds> ours_to_skip;
      for (const Fire& fire : fires) {
        (fire.kind == LocalInstant::Kind::Once ? ours : ours_to_skip).push_back(fire.at);
      }
      std::vector<sys_seconds> theirs = systemd_fires(form.expression + " " + zone, 110);
      std::erase_if(theirs, [&](sys_seconds at) {
        return std::any_of(ours_to_skip.begin(), ours_to_skip.end(), [&](sys_seconds skipped) {
          return std::chrono::abs(at - skipped) <= hours(2);
        });
      });
      REQUIRE(!theirs.empty());
      std::erase_if(ours, [&](sys_seconds at) { return at < theirs.front(); });
      CHECK(agree(ours, theirs));
    }
  }
}

TEST_CASE("a calendar expression fires when systemd fires it") {
  REQUIRE(rc::check([] {
    const std::string weekdays =
        *rc::gen::element<std::string>("", "", "Mon..Fri ", "Sat,Sun ", "Tue ", "Wed..Thu,sunday ");
    const std::string days = any_field(1, 28);
    const std::string months = any_field(1, 12);
    const std::string sign = *rc::gen::element<std::string>("-", "~");
    // Counted from the end, a repetition must have room, and systemd 252 refuses some lists.
    const bool fits = days.find_first_of("*/,") == std::string::npos;
    const std::string day = sign == "-" || fits ? days : "20/7";
    const std::string text = weekdays + "*-" + months + sign + day + " " + any_field(0, 23) + ":" +
                             *rc::gen::element<std::string>("00", "30", "15,45");
    const auto parsed = parse_schedule_rule("calendar \"" + text + "\"");
    RC_LOG() << text;
    RC_ASSERT(parsed.has_value());
    const auto ours = instants_of(find_fires(*parsed, Zone::find("UTC").value()));
    RC_ASSERT(agree(ours, systemd_fires(text, 300)));
  }));
}

TEST_CASE("systemd's short forms and defaults mean the same here") {
  for (const std::string text :
       {"hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "Mon",
        "Mon..Fri 03:00", "*-*-01", "12-24 18:00", "2027-05-05 02:00", "*-*-* 02:30:15",
        "Mon *-05~07/1", "*-*-* 9..17/2:30", "*-*~1"}) {
    INFO(text);
    const auto parsed = parse_schedule_rule("calendar \"" + text + "\"");
    REQUIRE(parsed);
    CHECK(agree(instants_of(find_fires(*parsed, Zone::find("UTC").value())),
                systemd_fires(text, 500)));
  }
}

TEST_CASE("what is no calendar expression is refused with the part that is wrong") {
  const auto problem = [](const std::string& text) {
    const auto parsed = parse_calendar(text);
    const auto* const found = std::get_if<CalendarProblem>(&parsed);
    return found == nullptr ? std::string("none") : found->message;
  };
  CHECK(problem("") == "the expression is empty");
  CHECK(problem("Mon *-*-* 02:30 Europe/Berlin") ==
        "`Europe/Berlin` is no part of it: the zone is that of the policy");
  CHECK(problem("Mun 02:30") == "`Mun` is no day of the week");
  CHECK(problem("Fri..Mon") == "`Fri..Mon` ends before it begins; a week begins on Monday");
  CHECK(problem("*-13-01") == "there is no month 13");
  CHECK(problem("25:00") == "there is no hour 25");
  CHECK(problem("*-*-* 02:3x") == "`3x` is no minute");
  CHECK(problem("1-2-3-4") == "`1-2-3-4` is no date: `*-*-*` is every day");
  CHECK(problem("nonsense") == "`nonsense` is no day of the week");
  CHECK(problem("@1700000000") == "`@1700000000` is neither a date nor a time");
  CHECK(problem("*-*-* 02:30/0") == "there is no repetition 0");
  CHECK(problem("*-*~3/3").starts_with("`*-*~3/3` never comes to its repetition"));
  for (const char* date : {"*-*~29", "*-*~29..31", "*-*~26..29", "*-*~1,31", "*-*~30/1"}) {
    INFO(date);
    CHECK(problem(date).ends_with("is further back than every month has days: the most is `~28`"));
  }
  CHECK(problem("*-*~28") == "none");
  CHECK(problem("*-*-* 20/5:00") == "`20/5` never comes to its repetition");
  CHECK(problem("Mon..Fri 02:30") == "none");
}

TEST_CASE("a fire in an hour that does not exist happens at the first instant after the gap") {
  const auto fires = fires_of("every day at 02:30", "Europe/Berlin");
  const auto skipped = std::find_if(fires.begin(), fires.end(), [](const Fire& fire) {
    return fire.kind == LocalInstant::Kind::Skipped;
  });
  REQUIRE(skipped != fires.end());
  CHECK(skipped->at == utc(2027, 3, 28, 1, 0));
  CHECK(std::count_if(fires.begin(), fires.end(), [](const Fire& fire) {
          return fire.kind == LocalInstant::Kind::Skipped;
        }) == 1);
}

TEST_CASE("a fire in an hour that occurs twice happens the first time") {
  const auto fires = fires_of("every day at 02:30", "Europe/Berlin");
  const auto twice = std::find_if(fires.begin(), fires.end(), [](const Fire& fire) {
    return fire.kind == LocalInstant::Kind::Twice;
  });
  REQUIRE(twice != fires.end());
  CHECK(twice->at == utc(2027, 10, 31, 0, 30));
}

TEST_CASE("a skipped time and the time to which it moves are one fire") {
  const auto fires = fires_of("every day at 02:30, 03:00", "Europe/Berlin");
  CHECK(fires.size() == 2 * 400 - 1);
  CHECK(std::count_if(fires.begin(), fires.end(), [](const Fire& fire) {
          return fire.at == utc(2027, 3, 28, 1, 0) && fire.kind == LocalInstant::Kind::Skipped;
        }) == 1);
}

TEST_CASE("clocks that change by half an hour or at midnight are no exception") {
  const auto lord_howe = fires_of("every day at 02:15", "Australia/Lord_Howe");
  CHECK(std::any_of(lord_howe.begin(), lord_howe.end(), [](const Fire& fire) {
    return fire.kind == LocalInstant::Kind::Skipped && fire.at == utc(2027, 10, 2, 15, 30);
  }));
  const auto havana = fires_of("every day at 00:30", "America/Havana");
  CHECK(std::any_of(havana.begin(), havana.end(), [](const Fire& fire) {
    return fire.kind == LocalInstant::Kind::Skipped && fire.at == utc(2027, 3, 14, 5, 0);
  }));
}

TEST_CASE("an interval counts from midnight UTC whatever the zone") {
  const auto fires = fires_of("every 6h", "Asia/Kolkata");
  REQUIRE(!fires.empty());
  CHECK(fires.size() == 1600);
  CHECK(std::all_of(fires.begin(), fires.end(), [](const Fire& fire) {
    return (fire.at.time_since_epoch() % hours(6)).count() == 0;
  }));
}

TEST_CASE("days that a month does not have are listed and nothing fires on them") {
  const auto rule = parse_schedule_rule("every month on 30, 31 at 02:00").value();
  const auto absent = find_absent_days(rule);
  REQUIRE(!absent.empty());
  CHECK(absent.front().day == 30);
  CHECK(absent.front().month == std::chrono::year(2027) / std::chrono::February);
  // Of the fourteen months, two are February; April, June, September, November have no 31st.
  CHECK(absent.size() == 2 * 2 + 4);
  // The horizon ends on 2028-02-04.
  CHECK(find_fires(rule, Zone::find("UTC").value()).size() == 13 * 2 - 2 - 4);
}

TEST_CASE("a safe time exists once on every day") {
  const Zone berlin = Zone::find("Europe/Berlin").value();
  CHECK(find_safe_time(minutes(150), berlin) == minutes(180));
  const Zone havana = Zone::find("America/Havana").value();
  CHECK(find_safe_time(minutes(23 * 60 + 50), havana) == minutes(80));
}

TEST_CASE("every second is cut off, not enumerated for ever") {
  CHECK(fires_of("every 1s", "UTC").size() == max_fires);
  CHECK(fires_of("calendar \"*:*:*\"", "UTC").size() == max_fires);
}

TEST_CASE("a zone is known by the name that the database gives it") {
  CHECK(Zone::find("UTC"));
  CHECK(Zone::find("Europe/Berlin"));
  CHECK(Zone::find("Etc/UTC"));
  CHECK(Zone::find("Europe/Atlantis").error().kind == ErrorKind::NotFound);
  CHECK(Zone::find("europe/berlin").error().kind == ErrorKind::NotFound);
  CHECK(Zone::find("").error().kind == ErrorKind::NotFound);
  CHECK(Zone::find("../../etc/passwd").error().kind == ErrorKind::NotFound);
}

TEST_CASE("rules that are none are refused") {
  for (const std::string text :
       {"", "every", "every day", "every day at", "every day at 25:00", "every day at 02:60",
        "every 5th sat at 10:00", "every month on at 02:00", "every 1st sat", "daily at 02:00",
        "every mun at 02:00", "every month on x at 02:00", "calendar \"nonsense\""}) {
    INFO(text);
    CHECK_FALSE(parse_schedule_rule(text));
  }
}

}  // namespace backstay::compiler::testing
