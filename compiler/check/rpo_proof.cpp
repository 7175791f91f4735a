// `rpo`: how old the newest point can be that a loss leaves, at the worst moment of the horizon.
//
// A point becomes available when its run is done, at fire + jitter + window at the latest, and
// shows the state of its start. So the worst moment is just before a run is done: what can be
// brought back is then as old as the start of the run before it.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::seconds;
using std::chrono::sys_seconds;

struct Point {
  sys_seconds available;
  sys_seconds begun;
};

/// The greatest age, and the two points between which it is reached.
struct Worst {
  seconds age{0};
  Point newest;               ///< the newest that can be restored until then
  std::optional<Point> next;  ///< whose run ends it; nothing: the horizon does
};

seconds seconds_of(const std::optional<Located<Duration>>& duration) {
  return seconds(duration ? duration->value.seconds : 0);
}

class RpoProof {
 public:
  RpoProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {
    for (const Index backup : group.backups) {
      if (policy_.backups[backup].schedule) {
        schedules_.insert(policy_.backups[backup].schedule->value);
      }
    }
  }

  Verdict prove() {
    if (schedules_.empty()) {
      report_never();
      return Verdict::Broken;
    }
    if (!all_have_windows()) {
      return Verdict::Broken;
    }
    if (!collect()) {
      return Verdict::Unproven;
    }
    const std::optional<Worst> worst = find_worst();
    if (!worst || worst->age <= seconds(promise_.amount)) {
      return worst ? Verdict::Proven : Verdict::Unproven;
    }
    report(*worst);
    return Verdict::Broken;
  }

 private:
  void report_never() {
    Diagnostic finding{
        .kind = DiagnosticKind::RpoBroken,
        .primary = promise_.span,
        .message = fmt::format("no backup of {} runs on a schedule, so `{}` cannot hold",
                               services_text(policy_, group_.services), to_string(promise_)),
        .help = "let a backup that covers them `run` on a schedule",
    };
    add_backup_labels(policy_, group_, finding);
    context_.diagnostics().add(std::move(finding));
  }

  bool all_have_windows() {
    bool all = true;
    for (const Index index : schedules_) {
      const Schedule& schedule = policy_.schedules[index];
      if (!schedule.window) {
        all = false;
        Diagnostic finding{
            .kind = DiagnosticKind::WindowMissing,
            .primary = schedule.span,
            .message =
                fmt::format("schedule `{}` does not say how long a run may take", schedule.name),
            .help = "add `window 2h`, or what the longest run takes",
        };
        add_label(finding, promise_.span, "cannot be proven without it");
        context_.diagnostics().add(std::move(finding));
      }
    }
    return all;
  }

  bool collect() {
    for (const Index index : schedules_) {
      const auto* const fires = context_.fires(index, Horizon{}.length);
      if (fires == nullptr) {
        return false;
      }
      cut_ = cut_ || fires->size() >= max_fires;
      const Schedule& schedule = policy_.schedules[index];
      const seconds latest = seconds_of(schedule.jitter) + seconds_of(schedule.window);
      for (const Fire& fire : *fires) {
        points_.push_back({fire.at + latest, fire.at});
      }
    }
    std::stable_sort(points_.begin(), points_.end(), [](const Point& one, const Point& other) {
      return one.available < other.available;
    });
    return true;
  }

  // With `tolerates N`, N runs in a row leave no point.
  std::optional<Worst> find_worst() {
    const auto skipped = static_cast<std::size_t>(
        std::min<std::int64_t>(promise_.tolerates, static_cast<std::int64_t>(max_fires)));
    if (points_.size() <= skipped) {
      return std::nullopt;
    }
    std::optional<Worst> worst;
    const Point* newest = nullptr;
    const auto consider = [&](sys_seconds until, const Point* next) {
      if (!worst || until - newest->begun > worst->age) {
        worst = {until - newest->begun, *newest, next ? std::optional(*next) : std::nullopt};
      }
    };
    for (std::size_t at = 0; at + skipped < points_.size(); ++at) {
      if (newest == nullptr || points_[at].begun > newest->begun) {
        newest = &points_[at];
      }
      if (at + skipped + 1 < points_.size()) {
        const Point& next = points_[at + skipped + 1];
        consider(next.available, &next);
      }
    }
    const Horizon horizon;
    const sys_seconds end = context_.zone()->to_instant(horizon.begin + horizon.length).at;
    if (!cut_ && end > points_.back().available) {
      consider(end, nullptr);
    }
    return worst;
  }

  [[nodiscard]] std::vector<std::string> witness(const Worst& worst) const {
    const Zone& zone = *context_.zone();
    std::vector<std::string> lines{fmt::format("the run of {} is the newest that can be restored",
                                               instant_text(worst.newest.begun, zone))};
    if (promise_.tolerates > 0) {
      lines.push_back(promise_.tolerates == 1
                          ? std::string("the next run is missing")
                          : fmt::format("the next {} runs are missing", promise_.tolerates));
    }
    lines.push_back(
        worst.next
            ? fmt::format("the run of {} may take until {}: {} after the start of that one",
                          instant_text(worst.next->begun, zone),
                          instant_text(worst.next->available, zone),
                          elapsed_text(Duration{worst.age.count()}))
            : fmt::format("no other run is done in the {} to the end of the 400 days from 2027",
                          elapsed_text(Duration{worst.age.count()})));
    return lines;
  }

  void report(const Worst& worst) {
    constexpr std::int64_t kHour = 3'600;
    const Duration age{worst.age.count()};
    const Duration enough{(age.seconds + kHour - 1) / kHour * kHour};
    Diagnostic finding{
        .kind = DiagnosticKind::RpoBroken,
        .primary = promise_.span,
        .message = fmt::format("a loss may cost {} of {}, more than `{}`", elapsed_text(age),
                               services_text(policy_, group_.services), to_string(promise_)),
        .witness = witness(worst),
        .help = fmt::format("run more often, shorten the `window`, or promise `rpo {}`",
                            backstay::to_string(enough)),
    };
    for (const Index index : schedules_) {
      const Schedule& schedule = policy_.schedules[index];
      add_label(finding, schedule.rule.span, "runs so often");
      add_label(finding, schedule.window->span, "a run may take so long");
      if (schedule.jitter) {
        add_label(finding, schedule.jitter->span, "and may begin so late");
      }
    }
    for (const Index backup : group_.backups) {
      if (policy_.backups[backup].schedule) {
        add_label(finding, policy_.backups[backup].schedule->span, "the backup runs then");
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  std::set<Index> schedules_;
  std::vector<Point> points_;  // in the order in which they become available
  bool cut_ = false;           // more runs than are looked at
};

}  // namespace

Verdict prove_rpo(ProofContext& context, const PromiseGroup& group) {
  return RpoProof(context, group).prove();
}

}  // namespace backstay::compiler
