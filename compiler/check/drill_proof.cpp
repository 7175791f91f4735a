// `drill every D`: the calendar days between two drills that restore a service.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::days;
using std::chrono::local_days;

/// The most days without a drill, and the drills around them; none: an end of the horizon.
struct Pause {
  days length{0};
  std::optional<local_days> from = {};
  std::optional<local_days> to = {};
};

class DrillProof {
 public:
  DrillProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), promise_(*group.promise) {
    for (const Index service : group.services) {
      by_drills_[context.drills(service)].push_back(service);
    }
  }

  Verdict prove() {
    Verdict verdict = Verdict::Proven;
    for (const auto& [drills, services] : by_drills_) {
      const Verdict found = prove(drills, services);
      verdict = found == Verdict::Proven || verdict == Verdict::Broken ? verdict : found;
    }
    return verdict;
  }

 private:
  Verdict prove(const std::vector<Index>& drills, const std::vector<Index>& services) {
    std::vector<local_days> dates;
    bool scheduled = false;
    for (const Index drill : drills) {
      if (!policy_.drills[drill].schedule) {
        continue;
      }
      const auto* const fires =
          context_.fires(policy_.drills[drill].schedule->value, context_.horizon().length);
      if (fires == nullptr) {
        return Verdict::Unproven;
      }
      scheduled = true;
      for (const Fire& fire : *fires) {
        dates.push_back(std::chrono::floor<days>(context_.zone()->to_local(fire.at)));
      }
    }
    if (dates.empty() && scheduled) {
      return Verdict::Unproven;  // a schedule that never runs is a finding of its own
    }
    if (dates.empty()) {
      report_none(drills, services);
      return Verdict::Broken;
    }
    std::sort(dates.begin(), dates.end());
    const Pause pause = longest_pause(dates);
    if (std::chrono::seconds(pause.length) <= std::chrono::seconds(promise_.amount)) {
      return Verdict::Proven;
    }
    report(drills, services, pause);
    return Verdict::Broken;
  }

  // A pause over an end of the horizon is longer than what is seen of it.
  [[nodiscard]] Pause longest_pause(const std::vector<local_days>& dates) const {
    const Horizon& horizon = context_.horizon();
    Pause longest{dates.front() - horizon.begin, std::nullopt, dates.front()};
    for (std::size_t at = 1; at < dates.size(); ++at) {
      if (dates[at] - dates[at - 1] > longest.length) {
        longest = {dates[at] - dates[at - 1], dates[at - 1], dates[at]};
      }
    }
    const local_days end = horizon.begin + horizon.length;
    if (end - dates.back() > longest.length) {
      longest = {end - dates.back(), dates.back(), std::nullopt};
    }
    return longest;
  }

  void report_none(const std::vector<Index>& drills, const std::vector<Index>& services) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::DrillTooSeldom, promise_, services);
    finding.message = fmt::format("no drill restores {}, against `{}`",
                                  services_text(policy_, services), to_string(promise_));
    finding.help = "add a `drill` that restores them `into sandbox` on a schedule";
    if (drills.empty() && !policy_.drills.empty()) {
      finding.help = fmt::format("restore them in drill `{}`, from a target that holds them",
                                 policy_.drills.front().name);
      add_label(finding, policy_.drills.front().restore.value_or(policy_.drills.front().span),
                "does not restore them");
    }
    for (const Index drill : drills) {
      finding.message = fmt::format("no drill of {} runs on a schedule, against `{}`",
                                    services_text(policy_, services), to_string(promise_));
      finding.help = "let the drill `run` on a schedule";
      add_label(finding, policy_.drills[drill].span, "has no `run`: only by hand");
    }
    context_.diagnostics().add(std::move(finding));
  }

  void report(const std::vector<Index>& drills,
              const std::vector<Index>& services,
              const Pause& pause) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::DrillTooSeldom, promise_, services);
    finding.message =
        fmt::format("{} days pass between two drills of {}, more than `{}`", pause.length.count(),
                    services_text(policy_, services), to_string(promise_));
    const std::string what = horizon_text(context_.horizon());
    finding.witness = {
        pause.from && pause.to ? fmt::format("the drill of {} and the next, of {}",
                                             date_text(*pause.from), date_text(*pause.to))
        : pause.to
            ? fmt::format("the first drill in {} is that of {}", what, date_text(*pause.to))
            : fmt::format("the drill of {} is the last in {}", date_text(*pause.from), what)};
    PromiseFact holding = promise_;
    holding.amount = std::chrono::seconds(pause.length).count();
    finding.help = join_remedies(remedies(), to_string(holding));
    for (const Index drill : drills) {
      if (const auto& schedule = policy_.drills[drill].schedule) {
        add_label(finding, policy_.schedules[schedule->value].rule.span, "runs so often");
        add_label(finding, schedule->span, "the drill runs then");
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  // Of the usual rules, the rarest that keeps the promise.
  [[nodiscard]] std::vector<std::string> remedies() const {
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t promised = promise_.amount / kDay;
    if (promised >= 92) {
      return {"run it by `calendar \"*-01,04,07,10-15 10:00\"`, each quarter"};
    }
    if (promised >= 35) {
      return {"run it `every 1st sat at 10:00`"};
    }
    if (promised >= 7) {
      return {"run it `every sat at 10:00`"};
    }
    return promised >= 1 ? std::vector<std::string>{"run it `every day at 10:00`"}
                         : std::vector<std::string>{};
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseFact& promise_;
  std::map<std::vector<Index>, std::vector<Index>> by_drills_;
};

}  // namespace

Verdict prove_drill(ProofContext& context, const PromiseGroup& group) {
  return DrillProof(context, group).prove();
}

}  // namespace backstay::compiler
