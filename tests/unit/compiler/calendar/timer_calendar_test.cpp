// The timers that are installed wake at every fire of the rule, by the word of systemd itself.
#include "compiler/calendar/timer_calendar.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/calendar/systemd_calendar.hpp"

namespace backstay::compiler {
namespace {

constexpr std::chrono::local_days kBegin(std::chrono::year(2027) / std::chrono::January / 1);

std::chrono::sys_seconds at(int hour, int minute, std::chrono::sys_days day) {
  return day + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::vector<std::string> lines_of(const std::string& text) {
  return timer_calendar(parse_schedule_rule(text).value(), Zone::find("UTC").value(), kBegin, 1);
}

/// `*`, `3`, `1,9`, `2..8`, `2/3` or `2..8/3`.
std::string any_field(int least, int greatest) {
  const int first = *rc::gen::inRange(least, greatest);
  const int second = *rc::gen::inRange(first + 1, greatest + 1);
  const int repeat = *rc::gen::inRange(1, greatest - first + 1);
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return "*";
    case 1:
      return std::to_string(first);
    case 2:
      return fmt::format("{},{}", first, second);
    case 3:
      return fmt::format("{}..{}", first, second);
    case 4:
      return fmt::format("{}..{}/{}", first, second, repeat);
    default:
      return fmt::format("{}/{}", first, repeat);
  }
}

/// A rule of each form of the language.
std::string any_rule() {
  const std::string time =
      fmt::format("{:02}:{:02}", *rc::gen::inRange(0, 24), *rc::gen::inRange(0, 60));
  const auto day = rc::gen::element<std::string>("mon", "tue", "wed", "thu", "fri", "sat", "sun");
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      return "every day at " + time;
    case 1:
      return "every " + *day + " at " + time;
    case 2:
      return "every " + *rc::gen::element<std::string>("1st", "2nd", "3rd", "4th", "last") + " " +
             *day + " at " + time;
    case 3:
      return fmt::format("every month on {} at {}", *rc::gen::inRange(1, 32), time);
    case 4:
      return "every " + *rc::gen::element<std::string>("15m", "90m", "6h", "8h", "12h");
    default:
      break;
  }
  const bool from_end = *rc::gen::arbitrary<bool>();
  return fmt::format(
      "calendar \"{}*-{}{}{} {}:{}\"",
      *rc::gen::element<std::string>("", "", "Mon..Fri ", "Sat,Sun "), any_field(1, 12),
      from_end ? "~" : "-",
      from_end ? *rc::gen::element<std::string>("28", "1", "1..28", "18/13", "1,28", "3,9/8")
               : any_field(1, 31),
      any_field(0, 23), *rc::gen::element<std::string>("00", "30", "5/20"));
}

}  // namespace

TEST_CASE("a timer's lines elapse at every fire of the rule, over both changes of the clock") {
  REQUIRE(testing::has_systemd_analyze());
  for (const char* text :
       {"every day at 02:30", "every day at 00:10, 02:00, 23:59", "every mon, sun at 02:30",
        "every 1st sat at 10:00", "every 4th sun at 02:30", "every last sun at 02:30",
        "every month on 1, 15, 28 at 02:30", "every 6h", "every 90m",
        "calendar \"Mon..Fri *-*-* 02/12:30\""}) {
    for (const char* name : {"UTC", "Europe/Berlin", "America/St_Johns"}) {
      const auto rule = parse_schedule_rule(text);
      const auto zone = Zone::find(name);
      REQUIRE(rule);
      REQUIRE(zone);
      const auto fires =
          find_fires(*rule, *zone, {.begin = kBegin, .length = std::chrono::days(330)});
      REQUIRE_FALSE(fires.empty());
      std::set<std::chrono::sys_seconds> elapses;
      for (const std::string& line : timer_calendar(*rule, *zone, kBegin, 1)) {
        const auto found = testing::systemd_fires(line, fires.size() + 40);
        elapses.insert(found.begin(), found.end());
      }
      for (const Fire& fire : fires) {
        INFO(text << " in " << name << ": " << fire.at.time_since_epoch().count());
        // The zone's first hours of the year may lie before the oracle's begin.
        CHECK((fire.at <= at(6, 0, std::chrono::sys_days(kBegin.time_since_epoch())) ||
               elapses.contains(fire.at)));
      }
    }
  }
}

TEST_CASE("a timer writes the values of a repetition out") {
  using Lines = std::vector<std::string>;
  CHECK(lines_of("calendar \"2/9:30\"") == Lines{"*-*-* 02,11,20:30:00 UTC"});
  CHECK(lines_of("calendar \"*:5/20\"") == Lines{"*-*-* *:05,25,45:00 UTC"});
  CHECK(lines_of("calendar \"*-*-14/16 6:00\"") == Lines{"*-*-14,30 06:00:00 UTC"});
  CHECK(lines_of("calendar \"2027..2031/2-2/5-1..9/4 8..17:*:0/30\"") ==
        Lines{"2027..2031/2-02,07,12-01,05,09 08..17:*:00,30 UTC"});
  CHECK(lines_of("calendar \"Sat,Mon *-*~20/7 02:30\"") == Lines{"Mon,Sat *-*~06 02:30:00 UTC",
                                                                 "Mon,Sat *-*~13 02:30:00 UTC",
                                                                 "Mon,Sat *-*~20 02:30:00 UTC"});
  CHECK(lines_of("calendar \"*-*~2..6,1,28 02:30\"") ==
        Lines{"*-*~02..06 02:30:00 UTC", "*-*~01 02:30:00 UTC", "*-*~28 02:30:00 UTC"});
  CHECK(lines_of("calendar \"daily\"") == Lines{"*-*-* 00:00:00 UTC"});
  CHECK(lines_of("every last sun at 02:30") == Lines{"Sun *-*~01..07 02:30:00 UTC"});
}

TEST_CASE("no turn is lost where a month or a year turns, for any rule and any instant") {
  // What is mended: of this systemd 252 leaves out the 14th of January.
  const auto turn = std::chrono::sys_days(std::chrono::year(2028) / std::chrono::December / 1);
  const auto written =
      testing::systemd_fires(lines_of("calendar \"*-*-14/16 6:00\"").front(), 3, turn);
  REQUIRE(written.size() == 3);
  CHECK(written[2] == at(6, 0, turn + std::chrono::days(44)));
  REQUIRE(rc::check([] {
    const std::string text = any_rule();
    const auto after = testing::kYearBegin + std::chrono::hours(*rc::gen::inRange(0, 3 * 8'766));
    RC_LOG() << text << " after " << after.time_since_epoch().count();
    const auto rule = parse_schedule_rule(text);
    RC_ASSERT(rule.has_value());
    constexpr std::size_t kTurns = 60;
    std::set<std::chrono::sys_seconds> elapses;
    for (const std::string& line : lines_of(text)) {
      const auto found = testing::systemd_fires(line, kTurns, after);
      elapses.insert(found.begin(), found.end());
    }
    const auto day = std::chrono::floor<std::chrono::days>(after).time_since_epoch();
    auto ours =
        find_fires(*rule, Zone::find("UTC").value(),
                   {.begin = std::chrono::local_days(day), .length = std::chrono::days(800)});
    std::erase_if(ours, [&](const Fire& fire) { return fire.at <= after; });
    auto theirs = elapses.begin();
    for (std::size_t one = 0; one < std::min(ours.size(), kTurns); ++one, ++theirs) {
      RC_ASSERT(theirs != elapses.end());
      RC_ASSERT(ours[one].at == *theirs);
    }
  }));
}

TEST_CASE("the fires around an instant are the last one at it or before, and the next one behind") {
  const auto rule = *parse_schedule_rule("every day at 02:30");
  const auto berlin = *Zone::find("Europe/Berlin");
  const auto spring = std::chrono::sys_days(std::chrono::year(2027) / std::chrono::March / 28);
  CHECK(last_fire(rule, berlin, at(0, 59, spring)) == at(1, 30, spring - std::chrono::days(1)));
  CHECK(last_fire(rule, berlin, at(1, 0, spring)) == at(1, 0, spring));
  CHECK(next_fire(rule, berlin, at(0, 59, spring)) == at(1, 0, spring));
  CHECK(next_fire(rule, berlin, at(1, 0, spring)) == at(0, 30, spring + std::chrono::days(1)));
  const auto yearly = *parse_schedule_rule("calendar \"*-01-01 00:00:00\"");
  CHECK(last_fire(yearly, *Zone::find("UTC"), at(0, 0, spring)) ==
        at(0, 0, std::chrono::sys_days(kBegin.time_since_epoch())));
  const auto never = *parse_schedule_rule("calendar \"2020-01-01 00:00:00\"");
  CHECK_FALSE(next_fire(never, *Zone::find("UTC"), at(0, 0, spring)));
}

}  // namespace backstay::compiler
