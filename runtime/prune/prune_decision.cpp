#include "runtime/prune/prune_decision.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/sha256.hpp"

namespace backstay::runtime {
namespace {

using std::chrono::sys_seconds;

/// More than this share at once is asked about.
constexpr std::size_t kShare = 4;

const PrunePoint* newest(const PruneFacts& facts, bool (*fits)(const PrunePoint&)) {
  const auto found = std::find_if(facts.points.rbegin(), facts.points.rend(), fits);
  return found == facts.points.rend() ? nullptr : &*found;
}

bool is_complete(const PrunePoint& point) {
  return !point.partial && point.verified && point.unbelieved.empty();
}

bool is_drilled(const PrunePoint& point) {
  return !point.partial && point.drilled && point.unbelieved.empty();
}

std::vector<plan::RetentionPoint> retention_points(const PruneFacts& facts,
                                                   const PeriodsOf& periods) {
  std::vector<plan::RetentionPoint> points;
  for (const PrunePoint& point : facts.points) {
    points.push_back({.id = point.id,
                      .at = point.at,
                      .periods = periods(point.at),
                      .verified = is_complete(point)});
  }
  return points;
}

/// A partial point counts for nothing: it goes after a week, once something complete is newer.
bool is_stale(const PrunePoint& point, const PrunePoint* complete, sys_seconds now) {
  return point.partial && point.unbelieved.empty() && complete != nullptr &&
         complete->at > point.at && now - point.at > kPartialStays;
}

/// Nobody restores it any more; it goes only where that is asked for, never the newest of all.
bool is_given_up(const PruneFacts& facts, const PrunePoint& point, const PrunePoint* complete) {
  return facts.take_damaged && point.damaged && point.unbelieved.empty() && complete != nullptr &&
         complete->at > point.at;
}

/// Of a partial point: which kind it is, in words.
std::string kind_of(const PrunePoint& point) {
  return point.keep_current ? "kept before a restore" : "partial";
}

class Deciding {
 public:
  Deciding(const PruneFacts& facts, const PeriodsOf& periods)
      : facts_(facts),
        complete_(newest(facts, is_complete)),
        drilled_(newest(facts, is_drilled)),
        rules_(plan::decide(retention_points(facts, periods), facts.retention, facts.now)) {}

  PruneDecision run() {
    for (std::size_t index = 0; index < facts_.points.size(); ++index)
      decision_.verdicts.push_back(verdict(index));
    digest();
    look_at_clock();
    object();
    return std::move(decision_);
  }

 private:
  PruneVerdict verdict(std::size_t index) {
    const PrunePoint& point = facts_.points[index];
    PruneVerdict verdict{.id = point.id, .at = point.at, .keep = true, .reasons = {}};
    const bool given_up = is_given_up(facts_, point, complete_);
    if (!given_up && !is_stale(point, complete_, facts_.now)) {
      for (const plan::RetentionReason& reason : rules_[index].reasons)
        verdict.reasons.push_back(point.partial ? kind_of(point) : plan::to_string(reason));
    }
    guard(point, verdict.reasons);
    if (verdict.reasons.empty()) {
      verdict.keep = false;
      verdict.reasons.emplace_back(given_up        ? "damaged"
                                   : point.partial ? kind_of(point) + " and older than 7 days"
                                                   : "no rule keeps it");
    }
    return verdict;
  }

  void guard(const PrunePoint& point, std::vector<std::string>& reasons) const {
    if (&point == complete_)
      reasons.emplace_back("newest complete");
    if (&point == drilled_)
      reasons.emplace_back("newest drilled");
    if (!point.unbelieved.empty())
      reasons.push_back("left alone: " + point.unbelieved);
    if (!point.held.empty())
      reasons.push_back("held: " + point.held);
    if (!point.not_copied.empty() && !point.partial)
      reasons.push_back("not proven at " + point.not_copied);
    if (facts_.locked && facts_.now - point.at < std::chrono::seconds(facts_.locked->seconds))
      reasons.push_back("locked " + to_string(*facts_.locked));
  }

  void digest() {
    std::string text;
    for (const PruneVerdict& verdict : decision_.verdicts)
      text += (verdict.keep ? "keep " : "remove ") + verdict.id + "\n";
    decision_.digest = to_hex(sha256(text)).substr(0, 12);
  }

  /// A clock that is behind makes young what is old; nothing is decided by it.
  void look_at_clock() {
    for (const PrunePoint& point : facts_.points) {
      if (point.at <= facts_.now)
        continue;
      decision_.refusals.push_back(
          fmt::format("the clock is wrong, or was: {} began after now", point.id));
      return;
    }
  }

  void object() {
    const std::size_t removals = decision_.removals();
    if (removals == 0)
      return;
    if (complete_ == nullptr)
      decision_.refusals.emplace_back("there is no complete and verified point");
    const Duration age{complete_ == nullptr ? 0 : (facts_.now - complete_->at).count()};
    if (complete_ != nullptr && facts_.rpo && age > *facts_.rpo) {
      decision_.objections.push_back(
          fmt::format("the newest complete point is {} old, `rpo {}` is promised: find out why "
                      "before anything goes",
                      to_human(age), to_string(*facts_.rpo)));
    }
    const std::size_t most = allowed();
    if (removals > most) {
      decision_.objections.push_back(
          fmt::format("{} of {} points would go; more than {} at once are asked about", removals,
                      facts_.points.size(), most));
    }
  }

  /// A quarter for each day since a point went last, one at least.
  [[nodiscard]] std::size_t allowed() const {
    std::size_t days = 1;
    if (facts_.last_prune && facts_.now > *facts_.last_prune) {
      const auto elapsed = std::chrono::floor<std::chrono::days>(facts_.now - *facts_.last_prune);
      days = static_cast<std::size_t>(std::clamp<std::int64_t>(elapsed.count(), 1, kShare));
    }
    return std::max<std::size_t>(1, facts_.points.size() * days / kShare);
  }

  const PruneFacts& facts_;
  const PrunePoint* complete_;
  const PrunePoint* drilled_;
  std::vector<plan::RetentionDecision> rules_;
  PruneDecision decision_;
};

}  // namespace

std::size_t PruneDecision::removals() const {
  return static_cast<std::size_t>(std::count_if(verdicts.begin(), verdicts.end(),
                                                [](const auto& verdict) { return !verdict.keep; }));
}

PruneDecision decide_prune(const PruneFacts& facts, const PeriodsOf& periods) {
  return Deciding(facts, periods).run();
}

bool is_refused(const PruneDecision& decision, const std::string& confirm) {
  return !decision.refusals.empty() || (!decision.objections.empty() && confirm != decision.digest);
}

}  // namespace backstay::runtime
