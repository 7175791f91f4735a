// `rpo`: how old the newest point can be that a loss leaves, at the worst moment of the horizon.
//
// The worst moment is just before a run is done: what can be brought back is then as old as the
// start of the run before it. A copy is never there before the point that it copies, so the runs of
// the backups alone decide.
#include <algorithm>
#include <array>
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

class RpoProof {
 public:
  RpoProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {
    std::set<Index> schedules;
    for (const Index backup : group.backups) {
      if (policy_.backups[backup].schedule) {
        schedules.insert(policy_.backups[backup].schedule->value);
      }
    }
    schedules_.assign(schedules.begin(), schedules.end());
  }

  Verdict prove() {
    if (schedules_.empty()) {
      report_never();
      return Verdict::Broken;
    }
    if (!check_windows(context_, group_, schedules_)) {
      return Verdict::Broken;
    }
    if (!collect()) {
      return Verdict::Unproven;
    }
    const std::optional<WorstAge> worst = find_worst();
    if (!worst || worst->age <= seconds(promise_.amount)) {
      return worst ? Verdict::Proven : Verdict::Unproven;
    }
    report(*worst);
    return Verdict::Broken;
  }

 private:
  void report_never() {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::RpoBroken, promise_, group_.services);
    finding.message = fmt::format("no backup of {} runs on a schedule, so `{}` cannot hold",
                                  services_text(policy_, group_.services), to_string(promise_));
    finding.help = "let a backup that covers them `run` on a schedule";
    add_backup_labels(policy_, group_, finding);
    context_.diagnostics().add(std::move(finding));
  }

  bool collect() {
    for (const Index index : schedules_) {
      const auto* const points = context_.arrivals({.schedule = index}, context_.horizon().length);
      if (points == nullptr) {
        return false;
      }
      cut_ = cut_ || points->size() >= max_fires;
      points_.insert(points_.end(), points->begin(), points->end());
    }
    std::stable_sort(points_.begin(), points_.end(), [](const Arrival& one, const Arrival& other) {
      return one.available < other.available;
    });
    return true;
  }

  // With `tolerates N`, N runs in a row leave no point.
  [[nodiscard]] std::optional<WorstAge> find_worst() const {
    const auto skipped = static_cast<std::size_t>(
        std::min<std::int64_t>(promise_.tolerates, static_cast<std::int64_t>(max_fires)));
    const Horizon& horizon = context_.horizon();
    const sys_seconds end = context_.zone()->to_instant(horizon.begin + horizon.length).at;
    return find_worst_age(points_, skipped, cut_ ? std::nullopt : std::optional(end));
  }

  [[nodiscard]] std::vector<std::string> witness(const WorstAge& worst) const {
    const Zone& zone = *context_.zone();
    std::vector<std::string> lines{fmt::format("the run of {} is the newest that can be restored",
                                               instant_text(worst.newest.begun, zone))};
    if (promise_.tolerates > 0) {
      lines.push_back(promise_.tolerates == 1
                          ? std::string("the next run is missing")
                          : fmt::format("the next {} runs are missing", promise_.tolerates));
    }
    const std::string age = elapsed_text(Duration{worst.age.count()});
    lines.push_back(
        worst.next ? fmt::format("the run of {} may take until {}: {} after the start of that one",
                                 instant_text(worst.next->begun, zone),
                                 instant_text(worst.next->available, zone), age)
                   : fmt::format("no other run is done in the {} to the end of {}", age,
                                 horizon_text(context_.horizon())));
    return lines;
  }

  // What would keep the promise, where one schedule alone decides.
  [[nodiscard]] std::vector<std::string> remedies(const WorstAge& worst) const {
    std::vector<std::string> remedies;
    if (schedules_.size() != 1 || !worst.next) {
      return remedies;
    }
    const Schedule& schedule = policy_.schedules[schedules_.front()];
    const std::int64_t window = schedule.window->value.seconds;
    const std::int64_t jitter = schedule.jitter ? schedule.jitter->value.seconds : 0;
    const std::int64_t age = worst.age.count();
    if (window > age || jitter > age || promise_.tolerates > static_cast<std::int64_t>(max_fires)) {
      return remedies;  // nobody means that
    }
    if (const auto interval = longest_interval(jitter + window)) {
      remedies.push_back(fmt::format("run `every {}`", backstay::to_string(*interval)));
    }
    constexpr std::int64_t kMinute = 60;
    const std::int64_t longest = window - (age - promise_.amount);
    if (longest >= kMinute) {
      remedies.push_back(fmt::format("state a `window` of at most {}",
                                     backstay::to_string(Duration{longest / kMinute * kMinute})));
    }
    return remedies;
  }

  // The longest of the usual intervals that keeps the promise.
  [[nodiscard]] std::optional<Duration> longest_interval(std::int64_t latest) const {
    constexpr std::int64_t kHour = 3'600;
    constexpr std::array kUsual{24 * kHour, 12 * kHour, 8 * kHour, 6 * kHour, 4 * kHour, 3 * kHour,
                                2 * kHour,  kHour,      kHour / 2, kHour / 4, kHour / 12};
    for (const std::int64_t interval : kUsual) {
      if (interval >= latest && interval * (promise_.tolerates + 1) + latest <= promise_.amount) {
        return Duration{interval};
      }
    }
    return std::nullopt;
  }

  void report(const WorstAge& worst) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::RpoBroken, promise_, group_.services);
    finding.message = fmt::format("a loss may cost {} of {}, more than `{}`",
                                  elapsed_text(Duration{worst.age.count()}),
                                  services_text(policy_, group_.services), to_string(promise_));
    finding.witness = witness(worst);
    finding.help = join_remedies(remedies(worst), to_string(holding_promise(promise_, worst.age)));
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
  std::vector<Index> schedules_;
  std::vector<Arrival> points_;  // in the order in which they become available
  bool cut_ = false;             // more runs than are looked at
};

}  // namespace

Verdict prove_rpo(ProofContext& context, const PromiseGroup& group) {
  return RpoProof(context, group).prove();
}

}  // namespace backstay::compiler
