// `history`: how far back the points of a target reach, simulated with the code that decides.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/service_parts.hpp"
#include "compiler/lower/lower_parts.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::days;
using std::chrono::seconds;

/// More than this is no promise, and a simulation of it would take for ever.
constexpr std::int64_t kLongestDays = 36'500;
/// Outages that every policy has to live through (language.md, section 6).
constexpr std::array kOutages{days(10), days(30)};

/// A rule that may be given a number that reaches back far enough.
struct ReachRule {
  std::string_view word;
  std::int64_t plan::Retention::*count;
  std::optional<Located<std::int64_t>> Retention::*said;
  std::int64_t days;  ///< that one of them reaches back at least, but for the first
};

constexpr std::array kReachRules{
    ReachRule{"daily", &plan::Retention::daily, &Retention::daily, 1},
    ReachRule{"weekly", &plan::Retention::weekly, &Retention::weekly, 7},
    ReachRule{"monthly", &plan::Retention::monthly, &Retention::monthly, 28},
    ReachRule{"quarterly", &plan::Retention::quarterly, &Retention::quarterly, 90},
    ReachRule{"yearly", &plan::Retention::yearly, &Retention::yearly, 365},
};

/// A line that would do.
struct Remedy {
  std::string text;
  lang::Fix fix;
};

class HistoryProof {
 public:
  HistoryProof(ProofContext& context, const PromiseGroup& group)
      : context_(context),
        policy_(context.policy()),
        group_(group),
        promise_(*group.promise),
        promised_(promise_.amount),
        length_(context.horizon().length + days(promise_.amount / 86'400 + 1)) {}

  Verdict prove() {
    if (promise_.amount / 86'400 >= kLongestDays) {
      return Verdict::Unproven;
    }
    const std::vector<Index> mirrored = only_mirrored();
    if (!mirrored.empty()) {
      report_mirrored(mirrored);
      return Verdict::Broken;
    }
    for (const Index backup : group_.backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        look_at(deposit);
      }
    }
    if (!proving_.empty()) {
      check_outages();
      return Verdict::Proven;
    }
    if (unproven_) {
      return Verdict::Unproven;
    }
    report();
    return Verdict::Broken;
  }

 private:
  // A mirror is one current copy: it counts never for history (language.md, section 4).
  [[nodiscard]] std::vector<Index> only_mirrored() const {
    std::vector<Index> found;
    for (const Index service : group_.services) {
      const Service& one = policy_.services[service];
      if (!holds_points(one) && !one.mirrors.empty()) {
        found.push_back(service);
      }
    }
    return found;
  }

  void report_mirrored(const std::vector<Index>& services) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::RetentionKeepsTooLittle, promise_, services);
    finding.message = fmt::format("{} {} only mirrored, and a mirror has no history, against `{}`",
                                  services_text(policy_, services),
                                  services.size() == 1 ? "is" : "are", to_string(promise_));
    finding.help =
        "say `path` of what is to have a history, or leave the service out of this "
        "`require`";
    for (const Index service : services) {
      for (const MirrorFact& mirror : policy_.services[service].mirrors) {
        add_label(finding, mirror.span, "one current copy");
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  void look_at(const Deposit& deposit) {
    const auto pace = context_.pace_of(deposit);
    const auto* const simulation =
        pace && deposit.retention ? context_.simulation(*pace, deposit.retention->value, length_)
                                  : nullptr;
    if (simulation == nullptr) {
      unproven_ = unproven_ || pace.has_value();  // a schedule or zone with an error of its own
      return;
    }
    const HistoryReach reach = reach_of(*simulation, promised_);
    unproven_ = unproven_ || !reach.passed;
    if (reach.passed && reach.shortest.span() >= promised_) {
      proving_.push_back(&deposit);
    } else if (reach.passed &&
               (best_ == nullptr || reach.shortest.span() > reach_.shortest.span())) {
      best_ = &deposit;
      reach_ = reach;
    }
  }

  // Each target that proves the promise loses it in an outage: told of the one that loses least.
  void check_outages() {
    const Deposit* least = nullptr;
    OutageLoss loss;
    for (const Deposit* deposit : proving_) {
      const auto worst = worst_outage(*deposit);
      if (!worst || worst->span >= promised_) {
        return;
      }
      if (least == nullptr || worst->span > loss.span) {
        least = deposit;
        loss = *worst;
      }
    }
    report_outage(*least, loss);
  }

  // Why only `all-for`: a rule that counts gives up no more after an outage than at the first run
  // of any new period, and the run that ends an outage comes later than that one.
  [[nodiscard]] std::optional<OutageLoss> worst_outage(const Deposit& deposit) {
    const plan::Retention& rules = context_.rules(deposit.retention->value);
    std::optional<OutageLoss> worst;
    if (rules.all_for.empty()) {
      return worst;
    }
    const auto* const arrivals = context_.arrivals(*context_.pace_of(deposit), length_);
    for (const OutageLosses& losses :
         simulate_outages(*arrivals, rules, *context_.zone(),
                          {.lengths = {kOutages.begin(), kOutages.end()}, .from = promised_})) {
      if (losses.shortest && (!worst || losses.shortest->span < worst->span)) {
        worst = losses.shortest;
      }
    }
    return worst;
  }

  void report_outage(const Deposit& deposit, const OutageLoss& loss) {
    const Retention& retention = policy_.retentions[deposit.retention->value];
    const Zone& zone = *context_.zone();
    const auto outage =
        loss.next - loss.last >= kOutages.back() ? kOutages.back() : kOutages.front();
    Diagnostic finding{
        .kind = DiagnosticKind::OutageLosesPoints,
        .primary = promise_.span,
        .message = fmt::format("an outage of {} days and one run leave less than `{}` of {}",
                               outage.count(), to_string(promise_),
                               services_text(policy_, group_.services)),
        .witness = {fmt::format("no run between {} and {}", instant_text(loss.last, zone),
                                instant_text(loss.next, zone)),
                    fmt::format("what `{}` keeps then reaches back {}", retention.name,
                                elapsed_text(Duration{loss.span.count()}))},
        .help =
            "rules that count, such as `daily` and `monthly`, keep points however old they are; "
            "`all-for` does not",
    };
    for (const Index service : group_.services) {
      finding.subjects.push_back({"service", policy_.services[service].name});
    }
    add_label(finding, retention.span, "keeps these");
    if (retention.all_for) {
      add_label(finding, retention.all_for->span, "goes by the clock alone");
    }
    add_label(finding, deposit.retention->span, "the retention of this target");
    context_.diagnostics().add(std::move(finding));
  }

  // The least number of a rule that would do: of the coarsest one that the retention has, else of
  // one that fits the promise.
  [[nodiscard]] std::optional<Remedy> remedy() {
    const Pace pace = *context_.pace_of(*best_);
    const auto* const arrivals = context_.arrivals(pace, length_);
    plan::Retention rules = lower_retention(policy_.retentions[best_->retention->value]);
    const std::int64_t promised_days = promise_.amount / 86'400;
    const auto* rule = promised_days <= 60     ? &kReachRules[0]
                       : promised_days <= 1100 ? &kReachRules[2]
                                               : &kReachRules[4];
    for (const ReachRule& one : kReachRules) {
      const bool fits = promised_days / one.days <= 60;
      rule = rules.*one.count > 0 && fits ? &one : rule;
    }
    const auto holds = [&](std::int64_t count) {
      rules.*rule->count = count;
      const auto reach = reach_of(simulate_store(*arrivals, rules, *context_.zone()), promised_);
      return reach.passed && reach.shortest.span() >= promised_;
    };
    // A greater number never keeps less.
    std::int64_t too_few = 0;
    std::int64_t enough = promised_days / rule->days + 3;
    if (!holds(enough)) {
      return std::nullopt;
    }
    while (enough - too_few > 1) {
      const std::int64_t middle = (too_few + enough) / 2;
      (holds(middle) ? enough : too_few) = middle;
    }
    const Retention& retention = policy_.retentions[best_->retention->value];
    const auto& said = retention.*rule->said;
    const std::string line = fmt::format("{} {}", rule->word, enough);
    Remedy remedy{fmt::format("write `{}` in retention `{}`", line, retention.name),
                  said ? lang::replace(said->span, std::to_string(enough))
                       : lang::insert_line_below(retention.span, "    " + line)};
    remedy.fix.title = remedy.text;
    return remedy;
  }

  void report() {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::RetentionKeepsTooLittle, promise_, group_.services);
    finding.message = fmt::format("no backup of {} runs on a schedule, so `{}` cannot hold",
                                  services_text(policy_, group_.services), to_string(promise_));
    finding.help = "let a backup that covers them `run` on a schedule";
    if (best_ != nullptr) {
      describe_best(finding);
    }
    add_backup_labels(policy_, group_, finding);
    context_.diagnostics().add(std::move(finding));
  }

  void describe_best(Diagnostic& finding) {
    const Pace pace = *context_.pace_of(*best_);
    const Retention& retention = policy_.retentions[best_->retention->value];
    const Duration span{reach_.shortest.span().count()};
    finding.message = fmt::format("the points of {} reach back {}, less than `{}`",
                                  services_text(policy_, group_.services), elapsed_text(span),
                                  to_string(promise_));
    finding.witness = {
        fmt::format("after the run of {} the oldest point that `{}` keeps at `{}` is that of {}",
                    instant_text(reach_.shortest.newest, *context_.zone()), retention.name,
                    policy_.targets[best_->target.value].name,
                    instant_text(reach_.shortest.oldest, *context_.zone()))};
    PromiseFact holding = promise_;
    holding.amount = span.seconds / 86'400 * 86'400;
    const std::optional<Remedy> enough = remedy();
    std::vector<std::string> remedies;
    if (enough) {
      remedies.push_back(enough->text);
      finding.fixes.push_back(enough->fix);
    }
    finding.help = holding.amount > 0 ? join_remedies(remedies, to_string(holding))
                   : enough           ? enough->text
                                      : "keep more `monthly` or `yearly` points";
    add_label(finding, retention.span, "keeps these");
    add_label(finding, policy_.schedules[pace.schedule].rule.span, "runs so often");
    if (pace.copy_schedule) {
      add_label(finding, policy_.schedules[*pace.copy_schedule].rule.span, "copied so often");
    }
    add_label(finding, best_->retention->span,
              best_->copy == nullptr ? "the retention of the backup" : "the retention of the copy");
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  seconds promised_;
  days length_;
  std::vector<const Deposit*> proving_;
  const Deposit* best_ = nullptr;  // of those that do not prove it, the one that reaches farthest
  HistoryReach reach_;             // of best_
  bool unproven_ = false;
};

}  // namespace

Verdict prove_history(ProofContext& context, const PromiseGroup& group) {
  return HistoryProof(context, group).prove();
}

}  // namespace backstay::compiler
