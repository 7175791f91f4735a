// Retention against an oracle that was written from the rules alone, and against the scenarios in
// which other tools lose backups.
#include "compiler/plan/retention.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/calendar/buckets.hpp"
#include "tests/support/catch.hpp"

namespace backstay::plan::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kStart = sys_days(std::chrono::year(2026) / std::chrono::January / 1);
constexpr sys_seconds kNever = kStart + days(100'000);

std::string id_of(sys_seconds at) {
  return std::to_string(at.time_since_epoch().count());
}

RetentionPoint point(sys_seconds at, bool verified = true) {
  const auto utc = compiler::Zone::find("UTC").value();
  return {
      .id = id_of(at), .at = at, .periods = compiler::periods_of(at, utc), .verified = verified};
}

std::vector<RetentionPoint> nightly(int count) {
  std::vector<RetentionPoint> points;
  for (int night = 0; night < count; ++night) {
    points.push_back(point(kStart + days(night) + hours(2)));
  }
  return points;
}

std::set<std::string> kept_ids(const std::vector<RetentionPoint>& points,
                               const Retention& retention,
                               sys_seconds now = kNever) {
  std::set<std::string> kept;
  for (const RetentionDecision& decision : decide(points, retention, now)) {
    CHECK(decision.keep == !decision.reasons.empty());
    if (decision.keep) {
      kept.insert(decision.id);
    }
  }
  return kept;
}

std::string formatted(sys_seconds at, const char* format) {
  const std::time_t time = at.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), length};
}

std::string quarter(sys_seconds at) {
  const int month = std::stoi(formatted(at, "%m"));
  return formatted(at, "%Y") + "-Q" + std::to_string((month + 2) / 3);
}

/// The rules as the design tells them, over the names of periods in C's words: each rule makes a
/// list of its periods with the newest point of each, and takes the newest of the list.
class Oracle {
 public:
  explicit Oracle(const std::vector<RetentionPoint>& points) {
    for (const RetentionPoint& one : points) {
      if (one.verified) {
        times_.push_back(one.at);
      } else {
        kept_.insert(one.id);
      }
    }
  }

  std::set<std::string> keep(const Retention& rules) {
    if (times_.empty()) {
      return kept_;
    }
    const auto in = [](const char* format) {
      return [format](sys_seconds at) { return formatted(at, format); };
    };
    count(rules.last, id_of);
    count(rules.hourly, in("%Y-%m-%d %H"));
    count(rules.daily, in("%Y-%m-%d"));
    count(rules.weekly, in("%G-%V"));
    count(rules.monthly, in("%Y-%m"));
    count(rules.quarterly, quarter);
    count(rules.yearly, in("%Y"));
    if (coarsest_has_room_) {
      kept_.insert(id_of(times_.front()));
    }
    if (!rules.all_for.empty()) {
      const auto edge =
          times_.back() - std::chrono::seconds(parse_duration(rules.all_for)->seconds);
      for (const sys_seconds at : times_) {
        if (at > edge) {
          kept_.insert(id_of(at));
        }
      }
    }
    const auto floor = std::min(times_.size(), static_cast<std::size_t>(rules.at_least));
    std::for_each(times_.end() - static_cast<std::ptrdiff_t>(floor), times_.end(),
                  [this](sys_seconds at) { kept_.insert(id_of(at)); });
    return kept_;
  }

 private:
  template <typename Name>
  void count(std::int64_t most, Name name) {
    if (most == 0) {
      return;
    }
    std::map<std::string, sys_seconds> newest;
    for (const sys_seconds at : times_) {
      newest[name(at)] = at;  // the last one wins
    }
    std::vector<sys_seconds> candidates;
    for (const auto& [period, at] : newest) {
      candidates.push_back(at);
    }
    std::sort(candidates.rbegin(), candidates.rend());
    const auto taken = std::min(candidates.size(), static_cast<std::size_t>(most));
    for (std::size_t at = 0; at < taken; ++at) {
      kept_.insert(id_of(candidates[at]));
    }
    coarsest_has_room_ = candidates.size() < static_cast<std::size_t>(most);
  }

  std::vector<sys_seconds> times_;
  std::set<std::string> kept_;
  bool coarsest_has_room_ = false;
};

Retention any_retention() {
  const auto number = [](int most) { return *rc::gen::inRange(0, most); };
  Retention retention{.name = "r"};
  retention.last = number(4);
  retention.hourly = number(5);
  retention.daily = number(9);
  retention.weekly = number(6);
  retention.monthly = number(5);
  retention.quarterly = number(3);
  retention.yearly = number(3);
  retention.at_least = *rc::gen::inRange(1, 5);
  const int within = number(40);
  retention.all_for = within == 0 ? "" : std::to_string(within) + "d";
  return retention;
}

/// Points with gaps of minutes, days or months, some of them not verified.
std::vector<RetentionPoint> any_points() {
  const auto gaps = *rc::gen::container<std::vector<int>>(rc::gen::oneOf(
      rc::gen::inRange(1, 120), rc::gen::inRange(600, 3'000), rc::gen::inRange(3'000, 150'000)));
  std::vector<RetentionPoint> points;
  sys_seconds at = kStart;
  for (const int gap : gaps) {
    at += minutes(gap);
    points.push_back(point(at, *rc::gen::inRange(0, 6) != 0));
  }
  return points;
}

std::vector<RetentionPoint> only(const std::vector<RetentionPoint>& points,
                                 const std::set<std::string>& ids) {
  std::vector<RetentionPoint> chosen;
  for (const RetentionPoint& one : points) {
    if (ids.contains(one.id)) {
      chosen.push_back(one);
    }
  }
  return chosen;
}

Retention example() {
  return {.name = "standard", .daily = 7, .weekly = 4, .monthly = 6, .at_least = 3};
}

}  // namespace

TEST_CASE("retention keeps what the oracle keeps") {
  CHECK(rc::check([] {
    const auto points = any_points();
    const Retention retention = any_retention();
    RC_ASSERT(kept_ids(points, retention) == Oracle(points).keep(retention));
  }));
}

TEST_CASE("the short form keeps the same as the one with reasons") {
  CHECK(rc::check([] {
    const auto points = any_points();
    const Retention retention = any_retention();
    std::set<std::string> kept;
    for (const std::size_t index : kept_points(points, retention, kNever)) {
      kept.insert(points[index].id);
    }
    RC_ASSERT(kept == kept_ids(points, retention));
  }));
}

TEST_CASE("what stays would stay again") {
  CHECK(rc::check([] {
    const auto points = any_points();
    const Retention retention = any_retention();
    const auto kept = kept_ids(points, retention);
    RC_ASSERT(kept_ids(only(points, kept), retention) == kept);
  }));
}

TEST_CASE("removing after every backup keeps the same as removing once at the end") {
  CHECK(rc::check([] {
    const Retention retention = any_retention();
    const auto points = any_points();
    std::vector<RetentionPoint> store;
    for (const RetentionPoint& one : points) {
      store.push_back(one);
      store = only(store, kept_ids(store, retention));
    }
    std::set<std::string> left;
    for (const RetentionPoint& one : store) {
      left.insert(one.id);
    }
    RC_ASSERT(left == kept_ids(points, retention));
  }));
}

TEST_CASE("a greater count never keeps less") {
  CHECK(rc::check([] {
    const auto points = any_points();
    const Retention retention = any_retention();
    Retention more = retention;
    // Rules that are there; one that is new may become the coarsest, which frees the oldest point.
    for (auto count :
         {&Retention::last, &Retention::hourly, &Retention::daily, &Retention::weekly,
          &Retention::monthly, &Retention::quarterly, &Retention::yearly, &Retention::at_least}) {
      more.*count += more.*count > 0 ? *rc::gen::inRange(0, 4) : 0;
    }
    const auto kept = kept_ids(points, retention);
    const auto kept_more = kept_ids(points, more);
    RC_ASSERT(std::includes(kept_more.begin(), kept_more.end(), kept.begin(), kept.end()));
  }));
}

TEST_CASE("never fewer verified points stay than at-least, and always the newest ones") {
  CHECK(rc::check([] {
    const auto points = any_points();
    const Retention retention = any_retention();
    const auto kept = kept_ids(points, retention);
    std::int64_t missing = retention.at_least;
    for (auto one = points.rbegin(); one != points.rend() && missing > 0; ++one) {
      if (one->verified) {
        RC_ASSERT(kept.contains(one->id));
        --missing;
      }
    }
  }));
}

TEST_CASE("200 nights leave fifteen points, an outage before one more leaves thirteen") {
  auto points = nightly(200);
  CHECK(kept_ids(points, example()).size() == 15);
  auto after_20_days = points;
  after_20_days.push_back(point(points.back().at + days(20)));
  CHECK(kept_ids(after_20_days, example()).size() == 13);
  auto after_200_days = points;
  after_200_days.push_back(point(points.back().at + days(200)));
  CHECK(kept_ids(after_200_days, example()).size() == 13);
}

TEST_CASE("backups that fail for twenty nights take no good one away") {
  auto points = nightly(200);
  const auto before = kept_ids(points, example());
  const sys_seconds last = points.back().at;
  for (int night = 1; night <= 20; ++night) {
    points.push_back(point(last + days(night), false));
  }
  const auto after = kept_ids(points, example());
  CHECK(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST_CASE("time alone removes nothing") {
  const auto points = nightly(200);
  CHECK(kept_ids(points, example(), points.back().at) ==
        kept_ids(points, example(), points.back().at + days(400)));
}

TEST_CASE("all-for counts from the newest verified point, its edge left out") {
  const Retention retention{.name = "r", .all_for = "5d", .at_least = 1};
  auto points = nightly(30);
  points.push_back(point(points.back().at + days(90), false));
  const auto decisions = decide(points, retention, kNever);
  CHECK_FALSE(decisions[24].keep);
  CHECK(decisions[25].keep);
  CHECK(decisions[29].keep);
}

TEST_CASE("the oldest point stays while the coarsest rule has room, then it goes") {
  const Retention retention{.name = "r", .daily = 2, .monthly = 3, .at_least = 1};
  const auto young = decide(nightly(40), retention, kNever);
  CHECK(young.front().reasons == std::vector<RetentionReason>{{.rule = RetentionRule::Oldest}});
  CHECK_FALSE(decide(nightly(70), retention, kNever).front().keep);
}

TEST_CASE("a retention without rules keeps the newest three") {
  CHECK(kept_ids(nightly(10), Retention{.name = "r"}).size() == 3);
  CHECK(kept_ids(nightly(10), Retention{.name = "r", .at_least = 0}).size() == 1);
}

TEST_CASE("a clock that jumped makes points be left alone, and count for nothing") {
  auto points = nightly(4);
  points.insert(points.begin() + 2, point(kStart + days(4'000)));
  const Retention retention{.name = "r", .last = 2, .at_least = 1};
  const auto now_known = decide(points, retention, kStart + days(10));
  CHECK(now_known[2].reasons == std::vector<RetentionReason>{{.rule = RetentionRule::WrongClock}});
  CHECK_FALSE(now_known[0].keep);
  CHECK(now_known[3].keep);
  CHECK(now_known[4].keep);
  const auto backwards = decide(points, retention, kNever);
  CHECK(backwards[3].reasons == std::vector<RetentionReason>{{.rule = RetentionRule::WrongClock}});
}

TEST_CASE("reasons name the rule, the place in it and its size") {
  const auto decisions = decide(nightly(9), example(), kNever);
  std::vector<std::string> reasons;
  for (const RetentionReason& reason : decisions.back().reasons) {
    reasons.push_back(to_string(reason));
  }
  CHECK(reasons == std::vector<std::string>{"daily 1 of 7", "weekly 1 of 4", "monthly 1 of 6",
                                            "at-least 1 of 3"});
  CHECK(to_string(decisions.front().reasons.back()) == "oldest");
}

TEST_CASE("every rule is named as in a policy, and why a point was left alone in words") {
  const std::map<RetentionRule, std::string> words = {
      {RetentionRule::Last, "last"},        {RetentionRule::Hourly, "hourly"},
      {RetentionRule::Daily, "daily"},      {RetentionRule::Weekly, "weekly"},
      {RetentionRule::Monthly, "monthly"},  {RetentionRule::Quarterly, "quarterly"},
      {RetentionRule::Yearly, "yearly"},    {RetentionRule::Oldest, "oldest"},
      {RetentionRule::AllFor, "all-for"},   {RetentionRule::AtLeast, "at-least"},
      {RetentionRule::WrongClock, "clock"}, {RetentionRule::Unverified, "not verified"},
  };
  for (const auto& [rule, word] : words) {
    CHECK(to_string(RetentionReason{.rule = rule}) == word);
    CHECK(to_string(RetentionReason{.rule = rule, .number = 2, .of = 5}) == word + " 2 of 5");
  }
}

TEST_CASE("points with a wrong clock are kept by the short form too") {
  auto points = nightly(2);
  points.push_back(point(kStart + days(4'000)));
  const auto kept =
      kept_points(points, Retention{.name = "r", .last = 1, .at_least = 1}, kStart + days(10));
  CHECK(kept == std::vector<std::size_t>{1, 2});
}

TEST_CASE("an hour that the clock repeats is two hours, a week begins on Monday") {
  const auto berlin = compiler::Zone::find("Europe/Berlin").value();
  const auto at = [&](unsigned month, unsigned day, int hour, int minute) {
    return compiler::periods_of(
        sys_days(std::chrono::year(2027) / std::chrono::month(month) / std::chrono::day(day)) +
            hours(hour) + minutes(minute),
        berlin);
  };
  CHECK(at(10, 31, 0, 10).hour == at(10, 31, 0, 50).hour);
  CHECK(at(10, 31, 0, 30).hour != at(10, 31, 1, 30).hour);  // 02:30 twice
  CHECK(at(7, 4, 21, 59).week != at(7, 4, 22, 0).week);     // Sunday to Monday at 22:00 UTC
  CHECK(at(7, 4, 22, 0).week == at(7, 11, 21, 59).week);
  CHECK(at(3, 31, 21, 59).quarter + 1 == at(3, 31, 22, 0).quarter);
  CHECK(at(12, 31, 22, 59).year + 1 == at(12, 31, 23, 0).year);
}

}  // namespace backstay::plan::testing
