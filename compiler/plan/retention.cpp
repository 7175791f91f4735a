#include "compiler/plan/retention.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace backstay::plan {
namespace {

using Points = std::vector<RetentionPoint>;

/// A rule that keeps the newest point of each of so many periods.
struct CountRule {
  RetentionRule rule;
  std::int64_t Retention::*count;
  std::int64_t RetentionPeriods::*period;  ///< none: each point is a period of its own
};

/// From the finest to the coarsest.
constexpr std::array kCountRules{
    CountRule{RetentionRule::Last, &Retention::last, nullptr},
    CountRule{RetentionRule::Hourly, &Retention::hourly, &RetentionPeriods::hour},
    CountRule{RetentionRule::Daily, &Retention::daily, &RetentionPeriods::day},
    CountRule{RetentionRule::Weekly, &Retention::weekly, &RetentionPeriods::week},
    CountRule{RetentionRule::Monthly, &Retention::monthly, &RetentionPeriods::month},
    CountRule{RetentionRule::Quarterly, &Retention::quarterly, &RetentionPeriods::quarter},
    CountRule{RetentionRule::Yearly, &Retention::yearly, &RetentionPeriods::year},
};

/// Applies the rules once; calls `mark(index of a point, reason)` for each reason to keep a point.
template <typename Mark>
class Marking {
 public:
  Marking(const Points& points, const Retention& retention, Mark mark)
      : points_(points), retention_(retention), mark_(mark) {}

  void run(std::chrono::sys_seconds now) {
    sort_out(now);
    if (counted_.empty()) {
      return;
    }
    const CountRule* coarsest = nullptr;
    for (const CountRule& rule : kCountRules) {
      if (retention_.*rule.count > 0) {
        coarsest = &rule;
        has_room_ = apply(rule);
      }
    }
    if (coarsest != nullptr && has_room_) {
      mark_(counted_.back(), RetentionReason{RetentionRule::Oldest});
    }
    apply_all_for();
    apply_at_least();
  }

 private:
  // Fills `counted_` with those that take part, newest first; the others are left alone.
  void sort_out(std::chrono::sys_seconds now) {
    std::optional<std::chrono::sys_seconds> latest;
    counted_.reserve(points_.size());
    for (std::size_t index = 0; index < points_.size(); ++index) {
      const RetentionPoint& point = points_[index];
      if (!point.verified) {
        mark_(index, RetentionReason{RetentionRule::Unverified});
      } else if (point.at > now || (latest && point.at < *latest)) {
        mark_(index, RetentionReason{RetentionRule::WrongClock});
      } else {
        latest = point.at;
        counted_.push_back(index);
      }
    }
    std::reverse(counted_.begin(), counted_.end());
  }

  // Whether the rule has room for more.
  bool apply(const CountRule& rule) {
    const std::int64_t most = retention_.*rule.count;
    std::int64_t used = 0;
    std::optional<std::int64_t> seen;
    for (const std::size_t index : counted_) {
      if (used == most) {
        break;
      }
      const bool is_new =
          rule.period == nullptr || !seen || *seen != points_[index].periods.*rule.period;
      if (is_new) {
        mark_(index, RetentionReason{rule.rule, ++used, most});
        seen = rule.period == nullptr ? 0 : points_[index].periods.*rule.period;
      }
    }
    return used < most;
  }

  void apply_all_for() {
    const auto all_for = parse_duration(retention_.all_for);
    if (!all_for) {
      return;
    }
    const std::int64_t newest = points_[counted_.front()].at.time_since_epoch().count();
    for (const std::size_t index : counted_) {
      if (newest - points_[index].at.time_since_epoch().count() >= all_for->seconds) {
        break;
      }
      mark_(index, RetentionReason{RetentionRule::AllFor});
    }
  }

  void apply_at_least() {
    const std::int64_t least = std::max<std::int64_t>(retention_.at_least, 1);
    std::int64_t used = 0;
    for (const std::size_t index : counted_) {
      if (used == least) {
        break;
      }
      mark_(index, RetentionReason{RetentionRule::AtLeast, ++used, least});
    }
  }

  const Points& points_;
  const Retention& retention_;
  Mark mark_;
  std::vector<std::size_t> counted_;  // newest first
  bool has_room_ = false;             // of the coarsest rule so far
};

std::string_view word_of(RetentionRule rule) {
  switch (rule) {
    case RetentionRule::Last:
      return "last";
    case RetentionRule::Hourly:
      return "hourly";
    case RetentionRule::Daily:
      return "daily";
    case RetentionRule::Weekly:
      return "weekly";
    case RetentionRule::Monthly:
      return "monthly";
    case RetentionRule::Quarterly:
      return "quarterly";
    case RetentionRule::Yearly:
      return "yearly";
    case RetentionRule::Oldest:
      return "oldest";
    case RetentionRule::AllFor:
      return "all-for";
    case RetentionRule::AtLeast:
      return "at-least";
    case RetentionRule::Unverified:
      return "not verified";
    case RetentionRule::WrongClock:
      return "clock";
  }
  return {};
}

}  // namespace

std::string to_string(const RetentionReason& reason) {
  return reason.number == 0
             ? std::string(word_of(reason.rule))
             : fmt::format("{} {} of {}", word_of(reason.rule), reason.number, reason.of);
}

std::vector<RetentionDecision> decide(const std::vector<RetentionPoint>& points,
                                      const Retention& retention,
                                      std::chrono::sys_seconds now) {
  std::vector<RetentionDecision> decisions;
  decisions.reserve(points.size());
  for (const RetentionPoint& point : points) {
    decisions.push_back({.id = point.id, .keep = false, .reasons = {}});
  }
  const auto mark = [&](std::size_t index, const RetentionReason& reason) {
    decisions[index].keep = true;
    decisions[index].reasons.push_back(reason);
  };
  Marking(points, retention, mark).run(now);
  return decisions;
}

std::vector<std::size_t> kept_points(const std::vector<RetentionPoint>& points,
                                     const Retention& retention,
                                     std::chrono::sys_seconds now) {
  std::vector<bool> marks(points.size(), false);
  const auto mark = [&](std::size_t index, const RetentionReason&) { marks[index] = true; };
  Marking(points, retention, mark).run(now);
  std::vector<std::size_t> kept;
  for (std::size_t index = 0; index < marks.size(); ++index) {
    if (marks[index]) {
      kept.push_back(index);
    }
  }
  return kept;
}

}  // namespace backstay::plan
