// `rto`: the least time that a restore takes, by the sizes and bandwidths that the policy declares.
//
// A drill measures what it really takes; this is the bound below which no drill can come.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/restore_times.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

constexpr std::size_t kMostSteps = 8;

class RtoProof {
 public:
  RtoProof(ProofContext& context, const RestoreTimes& times, const PromiseGroup& group)
      : context_(context),
        policy_(context.policy()),
        times_(times),
        group_(group),
        promise_(*group.promise) {}

  Verdict prove() {
    std::vector<Index> broken;
    std::vector<Index> unproven;
    for (const Index service : group_.services) {
      const RestoreTime& time = times_.time(service);
      if (time.least > promise_.amount) {
        broken.push_back(service);
      } else if (group_.backups.empty() || !time.most || *time.most > promise_.amount) {
        unproven.push_back(service);
      }
    }
    check_drills();
    if (!broken.empty()) {
      report_broken(broken);
      return Verdict::Broken;
    }
    // Nothing covers them: that is a finding of its own, and no size would mend it.
    if (!unproven.empty() && !group_.backups.empty()) {
      report_unproven(unproven);
    }
    return unproven.empty() ? Verdict::Proven : Verdict::Unproven;
  }

 private:
  void check_drills() {
    std::vector<Index> undrilled;
    std::copy_if(group_.services.begin(), group_.services.end(), std::back_inserter(undrilled),
                 [this](Index service) { return context_.drills(service).empty(); });
    if (undrilled.empty()) {
      return;
    }
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::RtoWithoutDrill, promise_, undrilled);
    finding.message = fmt::format("no drill ever measures `{}` of {}", to_string(promise_),
                                  services_text(policy_, undrilled));
    finding.help = policy_.drills.empty()
                       ? "add a `drill` that restores them `into sandbox`"
                       : fmt::format("restore them in drill `{}`", policy_.drills.front().name);
    for (const Index service : undrilled) {
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, policy_.services[service].span, "in no drill");
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  [[nodiscard]] std::string step_text(Index service, const OwnRestoreTime& own) const {
    return fmt::format("`{}`: {} from `{}` at {}/s take {}", policy_.services[service].name,
                       backstay::to_string(ByteSize{own.bytes}), policy_.targets[*own.fastest].name,
                       backstay::to_string(policy_.targets[*own.fastest].bandwidth->value),
                       elapsed_text(Duration{own.time.least}));
  }

  // The chain in the order of the restore: what is needed first.
  void add_chain(Diagnostic& finding, Index worst, std::uint64_t& bytes) const {
    std::vector<Index> chain = times_.longest_chain(worst);
    std::reverse(chain.begin(), chain.end());
    for (const Index service : chain) {
      const OwnRestoreTime own = times_.own(service);
      if (own.time.least == 0) {
        continue;
      }
      bytes += own.bytes;
      if (finding.witness.size() < kMostSteps) {
        finding.witness.push_back(step_text(service, own));
      }
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, policy_.services[service].size->span, "declared here");
        add_label(finding, policy_.targets[*own.fastest].bandwidth->span, "the fastest target");
      }
    }
  }

  void report_broken(const std::vector<Index>& broken) {
    const Index worst = *std::max_element(broken.begin(), broken.end(), [this](Index a, Index b) {
      return times_.time(a).least < times_.time(b).least;
    });
    const std::int64_t least = times_.time(worst).least;
    Diagnostic finding = broken_promise(policy_, DiagnosticKind::RtoBroken, promise_, broken);
    finding.message = fmt::format("to read service `{}` back takes {} at least, more than `{}`",
                                  policy_.services[worst].name, elapsed_text(Duration{least}),
                                  to_string(promise_));
    std::uint64_t bytes = 0;
    add_chain(finding, worst, bytes);
    if (finding.witness.size() > 1) {
      finding.witness.push_back(
          fmt::format("one after the other: {}, because each needs the one "
                      "before",
                      elapsed_text(Duration{least})));
    }
    std::vector<std::string> remedies;
    if (promise_.amount > 0) {
      constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
      const auto amount = static_cast<std::uint64_t>(promise_.amount);
      const std::uint64_t rate = (bytes / amount / kMiB + 1) * kMiB;
      remedies.push_back(
          fmt::format("restore them from a target of {}/s", backstay::to_string(ByteSize{rate})));
    }
    finding.help =
        join_remedies(remedies, to_string(holding_promise(promise_, std::chrono::seconds(least))));
    if (broken.size() > 1) {
      finding.witness.push_back(
          fmt::format("the same promise is broken for {}", services_text(policy_, broken)));
    }
    context_.diagnostics().add(std::move(finding));
  }

  void report_unproven(const std::vector<Index>& unproven) {
    Diagnostic finding = broken_promise(policy_, DiagnosticKind::RtoUnproven, promise_, unproven);
    finding.message = fmt::format("`{}` of {} cannot be proven: sizes or bandwidths are missing",
                                  to_string(promise_), services_text(policy_, unproven));
    bool size_missing = false;
    bool bandwidth_missing = false;
    for (const Index service : times_.incomplete(unproven.front(), kMostLabels)) {
      const OwnRestoreTime own = times_.own(service);
      if (own.size_missing) {
        size_missing = true;
        add_label(finding, policy_.services[service].span, "does not say its `size`");
      }
      bandwidth_missing = add_slow_targets(finding, service) || bandwidth_missing;
    }
    finding.help = size_missing && bandwidth_missing
                       ? "add `size 20GiB` to the services and `bandwidth 100MiB/s` to the targets"
                   : size_missing ? "add `size 20GiB`, or what they take, to the services"
                                  : "add `bandwidth 100MiB/s`, or what it gives, to the targets";
    context_.diagnostics().add(std::move(finding));
  }

  bool add_slow_targets(Diagnostic& finding, Index service) const {
    bool missing = false;
    for (const Index backup : context_.covering(service)) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        const Target& target = policy_.targets[deposit.target.value];
        if (!target.bandwidth) {
          missing = true;
          add_label(finding, target.span, "does not say its `bandwidth`");
        }
      }
    }
    return missing;
  }

  ProofContext& context_;
  const Policy& policy_;
  const RestoreTimes& times_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
};

}  // namespace

Verdict prove_rto(ProofContext& context, RestoreTimes& times, const PromiseGroup& group) {
  return RtoProof(context, times, group).prove();
}

}  // namespace backstay::compiler
