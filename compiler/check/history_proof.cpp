// `history`: how far back the points of a target reach, simulated with the code that decides.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/calendar/buckets.hpp"
#include "compiler/calendar/time_text.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"
#include "compiler/lower/lower_parts.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Up to so many runs the points are decided after each, else after the first of each day, which is
/// when a rule of days or more lets a point go.
constexpr std::size_t kEveryRunUpTo = 5'000;
/// More than this is no promise, and a simulation of it would take for ever.
constexpr std::int64_t kLongestDays = 36'500;

struct Reach {
  bool passed = false;  ///< has the promised time passed since the first run at all?
  seconds shortest = seconds::max();
  sys_seconds oldest;  ///< where it was shortest
  sys_seconds newest;
};

class HistoryProof {
 public:
  HistoryProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {}

  Verdict prove() {
    bool unproven = false;
    for (const Index index : group_.backups) {
      const Backup& backup = policy_.backups[index];
      const auto reach = backup.schedule && backup.retention ? reach_of(backup) : std::nullopt;
      if (!reach) {
        continue;
      }
      if (reach->passed && reach->shortest >= seconds(promise_.amount)) {
        return Verdict::Proven;
      }
      unproven = unproven || !reach->passed;
      if (reach->passed && (!best_ || reach->shortest > best_->first.shortest)) {
        best_ = {*reach, &backup};
      }
    }
    if (unproven || !context_.zone()) {
      return Verdict::Unproven;
    }
    report();
    return Verdict::Broken;
  }

 private:
  std::optional<Reach> reach_of(const Backup& backup) {
    const days promised(promise_.amount / 86'400 + 1);
    if (promised.count() > kLongestDays) {
      return Reach{};
    }
    const auto* const fires = context_.fires(backup.schedule->value, promised + Horizon{}.length);
    if (fires == nullptr || fires->empty()) {
      return std::nullopt;
    }
    return simulate(*fires, lower_retention(policy_.retentions[backup.retention->value]));
  }

  Reach simulate(const std::vector<Fire>& fires, const plan::Retention& retention) const {
    const Zone& zone = *context_.zone();
    const bool every_run = fires.size() <= kEveryRunUpTo;
    Reach reach;
    std::vector<plan::RetentionPoint> points;
    std::optional<std::int64_t> day;
    for (const Fire& fire : fires) {
      points.push_back({.id = {}, .at = fire.at, .periods = periods_of(fire.at, zone)});
      if (!every_run && day == points.back().periods.day) {
        continue;
      }
      day = points.back().periods.day;
      remove(points, plan::kept_points(points, retention, fire.at));
      const seconds span = fire.at - points.front().at;
      if (fire.at - fires.front().at >= seconds(promise_.amount)) {
        reach.passed = true;
        if (span < reach.shortest) {
          reach = {true, span, points.front().at, fire.at};
        }
      }
    }
    return reach;
  }

  static void remove(std::vector<plan::RetentionPoint>& points,
                     const std::vector<std::size_t>& kept) {
    if (kept.size() == points.size()) {
      return;
    }
    std::size_t to = 0;
    for (const std::size_t from : kept) {
      if (from != to) {
        points[to] = std::move(points[from]);
      }
      ++to;
    }
    points.resize(to);
  }

  void report() {
    Diagnostic finding{
        .kind = DiagnosticKind::RetentionKeepsTooLittle,
        .primary = promise_.span,
        .message = fmt::format("no backup of {} runs on a schedule, so `{}` cannot hold",
                               services_text(policy_, group_.services), to_string(promise_)),
        .help = "let a backup that covers them `run` on a schedule",
    };
    if (best_) {
      const auto& [reach, backup] = *best_;
      const Retention& retention = policy_.retentions[backup->retention->value];
      finding.message = fmt::format(
          "the points of {} reach back {}, less than `{}`", services_text(policy_, group_.services),
          elapsed_text(Duration{reach.shortest.count()}), to_string(promise_));
      finding.witness = {
          fmt::format("after the run of {} the oldest point that `{}` keeps is that of {}",
                      instant_text(reach.newest, *context_.zone()), retention.name,
                      instant_text(reach.oldest, *context_.zone()))};
      finding.help = "keep more `monthly` or `yearly` points, or promise a shorter `history`";
      add_label(finding, retention.span, "keeps these");
      add_label(finding, policy_.schedules[backup->schedule->value].rule.span, "runs so often");
      add_label(finding, backup->retention->span, "the retention of the backup");
    }
    add_backup_labels(policy_, group_, finding);
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  std::optional<std::pair<Reach, const Backup*>> best_;  // the one that reaches farthest back
};

}  // namespace

Verdict prove_history(ProofContext& context, const PromiseGroup& group) {
  return HistoryProof(context, group).prove();
}

}  // namespace backstay::compiler
