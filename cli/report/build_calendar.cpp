#include "cli/report/build_calendar.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "compiler/calendar/buckets.hpp"

namespace backstay::cli {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::sys_seconds;

/// More points to come are not played one by one.
constexpr std::size_t kMostToCome = 20'000;

/// The first word of the reason that lets a point stay the longest: what a cell shows.
std::string coarsest(const std::vector<std::string>& reasons) {
  constexpr std::array<std::string_view, 12> kOrder = {"held",    "yearly", "quarterly", "monthly",
                                                       "weekly",  "daily",  "hourly",    "last",
                                                       "all-for", "oldest", "at-least",  "newest"};
  for (const std::string_view word : kOrder) {
    for (const std::string& reason : reasons) {
      if (reason.starts_with(word))
        return std::string(word);
    }
  }
  return reasons.empty() ? std::string() : reasons.front().substr(0, reasons.front().find(' '));
}

/// When points come to a target from now on, and of which instant they are.
std::vector<sys_seconds> arrivals(const plan::Backup& backup,
                                  const StoredTarget& target,
                                  const PlanCalendar& calendar,
                                  sys_seconds now,
                                  sys_seconds until) {
  const auto runs = calendar.fires(backup.schedule, now, until);
  if (target.copy == nullptr || target.copy->schedule.empty())
    return runs;
  // A copy at its own pace brings the newest point there is.
  std::vector<sys_seconds> points;
  for (const sys_seconds copied : calendar.fires(target.copy->schedule, now, until)) {
    const auto after = std::upper_bound(runs.begin(), runs.end(), copied);
    if (after != runs.begin() && (points.empty() || points.back() != *std::prev(after)))
      points.push_back(*std::prev(after));
  }
  return points;
}

class Play {
 public:
  Play(const StoredTarget& target, const PlanCalendar& calendar, RetentionCalendar& shown)
      : facts_(*target.facts), calendar_(calendar), shown_(shown) {
    for (const runtime::PrunePoint& point : facts_.points)
      add(point, point.id);
  }

  void run(const std::vector<sys_seconds>& to_come) {
    look_out(0);
    prune(shown_.today, facts_.now);
    std::size_t next = 0;
    for (int ahead = 0; ahead <= shown_.days_ahead; ++ahead) {
      const local_days day = shown_.today + days(ahead);
      const sys_seconds end = calendar_.begin_of(day + days(1));
      for (; next < to_come.size() && to_come[next] < end; ++next)
        arrive(to_come[next], next);
      if (ahead > 0 || next > 0)
        prune(day, std::max(facts_.now, end - std::chrono::seconds(1)));
      if (ahead == 30 || ahead == 60 || ahead == 90)
        look_out(ahead);
    }
  }

 private:
  void add(const runtime::PrunePoint& point, const std::string& id) {
    places_.emplace(point.id, shown_.points.size());
    shown_.points.push_back({.at = calendar_.moment(point.at),
                             .day = calendar_.day_of(point.at),
                             .id = id,
                             .partial = point.partial});
  }

  void arrive(sys_seconds at, std::size_t number) {
    runtime::PrunePoint point{.id = fmt::format("to come {}", number), .at = at, .verified = true};
    add(point, "");
    facts_.points.push_back(std::move(point));
  }

  void prune(local_days day, sys_seconds now) {
    facts_.now = now;
    const auto decision = runtime::decide_prune(
        facts_, [this](sys_seconds at) { return compiler::periods_of(at, calendar_.zone()); });
    std::vector<runtime::PrunePoint> kept;
    for (std::size_t index = 0; index < decision.verdicts.size(); ++index) {
      const runtime::PruneVerdict& verdict = decision.verdicts[index];
      CalendarPoint& point = shown_.points[places_.at(verdict.id)];
      if (verdict.keep) {
        point.reasons = verdict.reasons;
        point.rule = coarsest(verdict.reasons);
        kept.push_back(std::move(facts_.points[index]));
      } else {
        point.goes = day;
        if (point.reasons.empty())
          point.reasons = verdict.reasons;
      }
    }
    facts_.points = std::move(kept);
  }

  void look_out(int ahead) {
    Outlook outlook{.in_days = ahead};
    const runtime::PrunePoint* before = nullptr;
    for (const runtime::PrunePoint& point : facts_.points) {
      if (point.partial)
        continue;
      ++outlook.points;
      if (before == nullptr)
        outlook.oldest = calendar_.moment(point.at);
      else
        outlook.longest_gap =
            std::max(outlook.longest_gap, Duration{(point.at - before->at).count()});
      outlook.newest = calendar_.moment(point.at);
      before = &point;
    }
    shown_.outlooks.push_back(std::move(outlook));
  }

  runtime::PruneFacts facts_;
  const PlanCalendar& calendar_;
  RetentionCalendar& shown_;
  std::map<std::string, std::size_t> places_;  // of each point in what is shown
};

}  // namespace

std::string rules_text(const plan::Retention& retention) {
  std::string text;
  const auto add = [&text](std::string_view word, const std::string& value) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", word, value);
  };
  const std::pair<const char*, std::int64_t> counts[] = {
      {"last", retention.last},       {"hourly", retention.hourly},
      {"daily", retention.daily},     {"weekly", retention.weekly},
      {"monthly", retention.monthly}, {"quarterly", retention.quarterly},
      {"yearly", retention.yearly}};
  for (const auto& [word, count] : counts) {
    if (count > 0)
      add(word, std::to_string(count));
  }
  if (!retention.all_for.empty())
    add("all for", retention.all_for);
  add("at least", std::to_string(retention.at_least));
  return text;
}

RetentionCalendar build_calendar(const plan::Plan& plan,
                                 const plan::Backup& backup,
                                 const std::string& host,
                                 const StoredTarget& target,
                                 const PlanCalendar& calendar,
                                 sys_seconds now) {
  RetentionCalendar shown{
      .title = fmt::format("Backup {} of policy {} on {}, target {}{}", backup.name, plan.policy,
                           host, target.target->name, target.copy == nullptr ? "" : " (copy)"),
      .target = target.target->name,
      .is_copy = target.copy != nullptr,
      .rule = rules_text(*target.retention),
      .today = calendar.day_of(now),
      .days_ahead = kDaysAhead};
  if (!target.facts) {
    shown.unknown = target.unknown.empty() ? target.no_facts : target.unknown;
    return shown;
  }
  const sys_seconds until = calendar.begin_of(shown.today + days(kDaysAhead + 1));
  const auto to_come = arrivals(backup, target, calendar, now, until);
  if (to_come.size() > kMostToCome) {
    shown.unknown = fmt::format("{} points come in {} days: too many to be played one by one",
                                to_come.size(), kDaysAhead);
    return shown;
  }
  Play(target, calendar, shown).run(to_come);
  return shown;
}

}  // namespace backstay::cli
