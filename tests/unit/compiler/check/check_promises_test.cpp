// Promises: the proof of `rpo` against a minute-by-minute look, and which promise holds for whom.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

std::string policy_with(const std::string& schedule, const std::string& rest) {
  return "language 1\npolicy sample\nzone UTC\nhost one\n"
         "service app {\n    on one\n    path /srv/app\n}\n"
         "service web {\n    on one\n    path /srv/web\n}\n"
         "target disk {\n    directory /backup on one\n}\n"
         "schedule often {\n" +
         schedule +
         "}\n"
         "retention short {\n    daily 7\n    weekly 4\n    monthly 6\n}\n"
         "backup all-of-it {\n    cover all services\n    run often\n    to disk keep short\n}\n" +
         rest;
}

bool breaks(const std::string& schedule, const std::string& promise) {
  const Compilation compiled = compile_text(
      policy_with(schedule, fmt::format("require all services {{\n    {}\n}}\n", promise)));
  const bool broken = !compiled.of(Kind::RpoBroken).empty();
  INFO(compiled.report());
  CHECK(compiled.plan.has_value() == !broken);
  return broken;
}

/// The greatest age of what can be brought back, in minutes, looked at minute by minute for a week
int naive_age(const std::vector<int>& minutes_of_day, int window, int jitter) {
  constexpr int kDay = 24 * 60;
  int greatest = 0;
  for (int now = 2 * kDay; now < 7 * kDay; ++now) {
    int newest = 0;
    for (int day = 0; day < 7; ++day) {
      for (const int minute : minutes_of_day) {
        const int fire = day * kDay + minute;
        if (fire + jitter + window < now) {  // what ends at this minute is not there before it
          newest = std::max(newest, fire);
        }
      }
    }
    greatest = std::max(greatest, now - newest);
  }
  return greatest;
}

std::vector<std::string> promises_of(const Compilation& compiled, const std::string& service) {
  std::vector<std::string> promises;
  REQUIRE(compiled.plan);
  for (const plan::Promise& promise : compiled.plan->promises) {
    if (promise.subject == "service " + service) {
      promises.push_back(promise.promise + ": " + promise.verdict);
    }
  }
  return promises;
}

const std::string kNightly = "    every day at 02:30\n    window 90m\n";

}  // namespace

TEST_CASE("rpo is proven exactly down to the age that a minute-by-minute look finds") {
  CHECK(rc::check([] {
    const auto times =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 24 * 60)));
    const int window = *rc::gen::inRange(1, 300);
    const int jitter = *rc::gen::inRange(0, 60);
    std::vector<std::string> at;
    for (const int time : times) {
      at.push_back(fmt::format("{:02}:{:02}", time / 60, time % 60));
    }
    const std::string schedule =
        fmt::format("    every day at {}\n    window {}m\n    jitter {}m\n", fmt::join(at, ", "),
                    window, jitter);
    const int age = naive_age(times, window, jitter);
    RC_ASSERT(!breaks(schedule, fmt::format("rpo {}m", age)));
    RC_ASSERT(breaks(schedule, fmt::format("rpo {}m", age - 1)));
  }));
}

TEST_CASE("each run that is tolerated to be missing costs the time of a run more") {
  CHECK_FALSE(breaks(kNightly, "rpo 1530m"));
  CHECK(breaks(kNightly, "rpo 1530m tolerates 1"));
  CHECK_FALSE(breaks(kNightly, "rpo 2970m tolerates 1"));
  CHECK(breaks(kNightly, "rpo 2969m tolerates 1"));
}

TEST_CASE("a schedule that ends leaves points that grow old") {
  CHECK(breaks("    calendar \"2027-01-* 02:30\"\n    window 1h\n", "rpo 26h"));
}

TEST_CASE("the strictest promise of each kind holds for a service, with its verdict in the plan") {
  const Compilation compiled = compile_text(
      policy_with(kNightly,
                  "require all services {\n    rpo 30h\n    history 30d\n    copies 1\n}\n"
                  "require web {\n    rpo 26h\n    history 20d\n    copies 2\n    rto 4h\n}\n"));
  INFO(compiled.report());
  CHECK(promises_of(compiled, "app") ==
        std::vector<std::string>{"copies 1: proven", "history 30d: proven", "rpo 30h: proven"});
  CHECK(promises_of(compiled, "web") ==
        std::vector<std::string>{"copies 2: proven", "history 30d: proven", "rpo 26h: proven",
                                 "rto 4h: unproven"});
}

TEST_CASE("every kind of promise has its verdict in the plan") {
  std::string policy = policy_with(
      kNightly,
      "drill yearly {\n    run often\n    restore all services from disk into sandbox\n}\n"
      "require all services {\n    rpo 26h\n    offsite-rpo 26h\n    rto 4h\n    history 30d\n"
      "    copies 2\n    media 2\n    offsite 1\n    drill every 1d\n    encrypted\n"
      "    immutable 1d\n}\n");
  const auto put = [&](const std::string& before, const std::string& after) {
    const std::size_t at = policy.find(before);
    REQUIRE(at != std::string::npos);
    policy.replace(at, before.size(), after);
  };
  put("host one\n",
      "site here\nsite there\nhost one {\n    at here\n}\nhost far {\n    at there\n}\n"
      "key k {\n    recipient "
      "\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"\n    recipient "
      "\"age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z\" escrow \"safe\" at "
      "there\n    identity i\n}\nsecret i {\n    file /etc/i\n}\n");
  put("/backup on one\n}\n",
      "/backup on one\n    seal k\n    bandwidth 1MiB/s\n}\n"
      "target away {\n    rsync \"backup@far:/backup\"\n    media object\n    seal k\n"
      "    locked 1d\n    deletable-by admin\n    bandwidth 1MiB/s\n}\n");
  put("to disk keep short\n", "to disk keep short\n    copy to away keep short\n");
  put("path /srv/app\n", "path /srv/app\n    size 1GiB\n");
  put("path /srv/web\n", "path /srv/web\n    size 1GiB\n");
  const Compilation compiled = compile_text(policy);
  INFO(compiled.report());
  CHECK(compiled.diagnostics.all().empty());
  CHECK(promises_of(compiled, "app") ==
        std::vector<std::string>{"copies 2: proven", "drill every 1d: proven", "encrypted: proven",
                                 "history 30d: proven", "immutable 1d: proven", "media 2: proven",
                                 "offsite 1: proven", "offsite-rpo 26h: proven", "rpo 26h: proven",
                                 "rto 4h: proven"});
}

TEST_CASE("excepted services are promised nothing, and unknown ones are told") {
  const Compilation compiled =
      compile_text(policy_with(kNightly, "require all services except web {\n    rpo 26h\n}\n"));
  CHECK(promises_of(compiled, "web").empty());
  CHECK(compile_text(policy_with(kNightly, "require wbe {\n    rpo 26h\n}\n"))
            .of(Kind::UnknownReference)
            .size() == 1);
}

TEST_CASE("a promise that many services break for one reason is one finding that counts them") {
  std::string services;
  for (int number = 0; number < 20; ++number) {
    services += fmt::format("service s{0} {{\n    on one\n    path /srv/s{0}\n}}\n", number);
  }
  const Compilation compiled = compile_text(
      policy_with(kNightly, services + "require all services {\n    rpo 1h\n    media 2\n}\n"));
  const auto found = compiled.of(Kind::RpoBroken);
  REQUIRE(found.size() == 1);
  CHECK(found.front().message.find("and 19 more") != std::string::npos);
  CHECK(compiled.of(Kind::TooFewMedia).size() == 1);
}

TEST_CASE("two backups of a service prove together what neither proves alone") {
  const std::string second =
      "target far {\n    directory /far on one\n    media object\n}\n"
      "schedule noon {\n    every day at 14:30\n    window 90m\n}\n"
      "backup again {\n    cover all services\n    run noon\n    to far keep short\n}\n";
  const std::string promise = "require all services {\n    rpo 14h\n    copies 3\n    media 2\n}\n";
  CHECK(compile_text(policy_with(kNightly, second + promise)).plan);
  const Compilation alone = compile_text(policy_with(kNightly, promise));
  require_errors(alone, {Kind::RpoBroken, Kind::TooFewCopies, Kind::TooFewMedia});
}

TEST_CASE("history of a retention in days is a day less than their number") {
  const auto finds = [](const std::string& promise) {
    return compile_text(policy_with("    every 6h\n    window 1h\n",
                                    "require all services {\n    history " + promise + "\n}\n"))
        .of(Kind::RetentionKeepsTooLittle)
        .size();
  };
  // monthly 6: at the first run of a month the oldest is the last one of the month five before.
  CHECK(finds("120d") == 0);
  CHECK(finds("160d") == 1);
}

TEST_CASE("the number that is proposed for a retention is the least that keeps the promise") {
  const auto policy = [](int monthly, const std::string& promise) {
    std::string text = policy_with("    every 6h\n    window 1h\n",
                                   "require all services {\n    " + promise + "\n}\n");
    const std::string said = "monthly 6";
    return text.replace(text.find(said), said.size(), fmt::format("monthly {}", monthly));
  };
  const Compilation broken = compile_text(policy(6, "history 300d"));
  const auto found = broken.of(Kind::RetentionKeepsTooLittle);
  REQUIRE(found.size() == 1);
  REQUIRE(found.front().fixes.size() == 1);
  const lang::Edit& edit = found.front().fixes.front().edits.front();
  CHECK(broken.sources.text(edit.span) == "6");
  const int enough = std::stoi(edit.text);
  CHECK(compile_text(policy(enough, "history 300d")).of(Kind::RetentionKeepsTooLittle).empty());
  CHECK(compile_text(policy(enough - 1, "history 300d")).of(Kind::RetentionKeepsTooLittle).size() ==
        1);
}

TEST_CASE("promises on schedules with errors of their own are not told of as well") {
  const std::string promises =
      "drill d {\n    run often\n    restore all services from disk into sandbox\n}\n"
      "require all services {\n    rpo 26h\n    history 30d\n    drill every 35d\n}\n";
  require_errors(
      compile_text(policy_with("    calendar \"*-02-30 02:00\"\n    window 1h\n", promises)),
      {Kind::SeldomFires});
  require_errors(compile_text(policy_with("    calendar \"Mun 02:00\"\n    window 1h\n", promises)),
                 {Kind::BadCalendar});
  std::string nowhere = policy_with(kNightly, promises);
  nowhere.replace(nowhere.find("zone UTC"), 8, "zone \"Europe/Berln\"");
  require_errors(compile_text(nowhere), {Kind::UnknownZone});
}

TEST_CASE("a circle of sites is told once") {
  const Compilation compiled = compile_text(policy_with(
      kNightly,
      "site a {\n    part-of b\n}\nsite b {\n    part-of c\n}\nsite c {\n    part-of a\n}\n"));
  require_errors(compiled, {Kind::ConflictingFacts});
}

}  // namespace backstay::compiler::testing
