// The timers that are installed wake at every fire of the rule, by the word of systemd itself.
#include "compiler/calendar/timer_calendar.hpp"

#include <set>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/calendar/systemd_calendar.hpp"

namespace backstay::compiler {
namespace {

constexpr std::chrono::local_days kBegin(std::chrono::year(2027) / std::chrono::January / 1);

std::chrono::sys_seconds at(int hour, int minute, std::chrono::sys_days day) {
  return day + std::chrono::hours(hour) + std::chrono::minutes(minute);
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
      for (const std::string& line : timer_calendar(*rule, text, *zone, kBegin, 1)) {
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
