// What retention does to the points of each target over time, simulated with the code that decides:
// an outage that loses most of them, a lock that prune would run into.
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/check_capacity.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::days;
using std::chrono::seconds;

/// Outages that every policy has to live through (language.md, section 6).
constexpr std::array kOutages{days(10), days(30)};
constexpr std::int64_t kDay = 86'400;

class KeptPointsCheck {
 public:
  explicit KeptPointsCheck(ProofContext& context) : context_(context), policy_(context.policy()) {}

  void run() {
    for (Index backup = 0; backup < policy_.backups.size(); ++backup) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        if (const auto pace = context_.pace_of(deposit); pace && deposit.retention) {
          check_outages(deposit, *pace);
          check_lock(deposit, *pace);
        }
      }
    }
  }

 private:
  // A retention is told of once for each pace, not once for each backup.
  void check_outages(const Deposit& deposit, const Pace& pace) {
    if (!told_.emplace(deposit.retention->value, pace.schedule, pace.copy_schedule).second) {
      return;
    }
    const plan::Retention& rules = context_.rules(deposit.retention->value);
    const auto* const arrivals = context_.arrivals(pace, context_.horizon().length);
    if (arrivals == nullptr || arrivals->empty()) {
      return;
    }
    const auto all = simulate_outages(*arrivals, rules, *context_.zone(), question_for(rules));
    for (std::size_t at = 0; at < all.size(); ++at) {
      if (all[at].fewest && all[at].fewest->after * 2 < all[at].fewest->before) {
        report_outage(deposit, pace, *all[at].fewest, kOutages[at]);
        return;
      }
    }
  }

  // Why `below`: a rule that counts gives up one point at most to the run that ends an outage, and
  // so do `at-least` and the room for the oldest. Of twice as many points half are left for sure.
  [[nodiscard]] static OutageQuestion question_for(const plan::Retention& rules) {
    OutageQuestion question{.lengths = {kOutages.begin(), kOutages.end()}};
    if (rules.all_for.empty()) {
      const auto counting = [](std::int64_t count) { return count > 0 ? 1U : 0U; };
      question.below = 2 * (counting(rules.last) + counting(rules.hourly) + counting(rules.daily) +
                            counting(rules.weekly) + counting(rules.monthly) +
                            counting(rules.quarterly) + counting(rules.yearly)) +
                       2;
    }
    return question;
  }

  void report_outage(const Deposit& deposit,
                     const Pace& pace,
                     const OutageLoss& loss,
                     days length) {
    const Retention& retention = policy_.retentions[deposit.retention->value];
    const Zone& zone = *context_.zone();
    const auto day_of_run = std::chrono::floor<days>(zone.to_local(loss.next));
    Diagnostic finding{
        .kind = DiagnosticKind::OutageLosesPoints,
        .primary = retention.all_for ? retention.all_for->span : retention.span,
        .message = fmt::format("after an outage of {} days one run leaves {} of {} points",
                               length.count(), loss.after, loss.before),
        .witness = {fmt::format("{} points at {}, then no run until {}", loss.before,
                                instant_text(loss.last, zone), instant_text(loss.next, zone)),
                    fmt::format("{} of them are left after that run, and the point that it makes",
                                loss.after - 1)},
        .help = outage_help(retention, pace, length),
    };
    if (!pace.copy_schedule) {
      finding.witness.push_back(
          fmt::format("`backstay simulate --days {} --outage {}d` shows which",
                      (day_of_run - context_.horizon().begin).count() + 1, length.count()));
    }
    add_subject(finding, "retention", retention.name);
    add_subject(finding, "backup", policy_.backups[deposit.backup].name);
    add_label(finding, deposit.retention->span, "used here");
    add_label(finding, policy_.schedules[pace.schedule].rule.span, "runs so often");
    if (pace.copy_schedule) {
      add_label(finding, policy_.schedules[*pace.copy_schedule].rule.span, "copied so often");
    }
    context_.diagnostics().add(std::move(finding));
  }

  // A rule that counts in place of `all-for`, tried before it is proposed.
  std::string outage_help(const Retention& retention, const Pace& pace, days length) {
    const std::string otherwise =
        "rules that count, such as `daily 14`, keep points however old they are";
    if (!retention.all_for) {
      return otherwise;
    }
    plan::Retention rules = lower_retention(retention);
    rules.all_for.clear();
    rules.daily = std::max<std::int64_t>(retention.all_for->value.seconds / kDay, 2);
    const auto* const arrivals = context_.arrivals(pace, context_.horizon().length);
    const auto fewest =
        simulate_outages(*arrivals, rules, *context_.zone(), {.lengths = {length}}).front().fewest;
    const bool enough = !fewest || fewest->after * 2 >= fewest->before;
    return enough ? fmt::format(
                        "write `daily {}` in place of `all-for {}`: a rule that counts keeps "
                        "points however old they are",
                        rules.daily, backstay::to_string(retention.all_for->value))
                  : otherwise;
  }

  // As many days as the lock where that is enough, else all points for that long.
  std::string lock_help(const Retention& retention, const Target& target, const Pace& pace) {
    const std::int64_t locked = target.locked->value.seconds;
    plan::Retention rules = lower_retention(retention);
    rules.daily = std::max(rules.daily, locked / kDay + (locked % kDay == 0 ? 0 : 1));
    const auto* const arrivals = context_.arrivals(pace, context_.horizon().length);
    const auto removed = simulate_store(*arrivals, rules, *context_.zone()).youngest_removed;
    const std::string line = !removed || removed->age() >= seconds(locked)
                                 ? fmt::format("daily {}", rules.daily)
                                 : "all-for " + backstay::to_string(target.locked->value);
    return fmt::format("keep by a retention with `{}` there: no point goes while it is locked",
                       line);
  }

  void check_lock(const Deposit& deposit, const Pace& pace) {
    const Target& target = policy_.targets[deposit.target.value];
    if (!target.locked) {
      return;
    }
    const auto* const simulation =
        context_.simulation(pace, deposit.retention->value, context_.horizon().length);
    const seconds locked(target.locked->value.seconds);
    if (simulation == nullptr || !simulation->youngest_removed ||
        simulation->youngest_removed->age() >= locked) {
      return;
    }
    const Removal& removal = *simulation->youngest_removed;
    const Retention& retention = policy_.retentions[deposit.retention->value];
    const Zone& zone = *context_.zone();
    Diagnostic finding{
        .kind = DiagnosticKind::LockAgainstPrune,
        .primary = deposit.retention->span,
        .message = fmt::format("`{}` lets points go after {}, but target `{}` locks them for {}",
                               retention.name, elapsed_text(Duration{removal.age().count()}),
                               target.name, backstay::to_string(target.locked->value)),
        .witness = {fmt::format("the run of {} lets the point of {} go",
                                instant_text(removal.by, zone), instant_text(removal.point, zone))},
        .help = lock_help(retention, target, pace),
    };
    add_subject(finding, "backup", policy_.backups[deposit.backup].name);
    add_subject(finding, "target", target.name);
    add_subject(finding, "retention", retention.name);
    add_label(finding, target.locked->span, "locked so long");
    add_label(finding, retention.span, "keeps these");
    add_label(finding, policy_.schedules[pace.schedule].rule.span, "runs so often");
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
  std::set<std::tuple<Index, Index, std::optional<Index>>> told_;
};

}  // namespace

void check_kept_points(ProofContext& context) {
  KeptPointsCheck(context).run();
  check_capacity(context);
}

}  // namespace backstay::compiler
