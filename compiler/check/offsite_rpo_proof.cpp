// `offsite-rpo`: how old the newest point at another site can be when a site is lost.
//
// Judged for the root site of each host: what lies in a target whose outermost site is another one
// counts. Mirrors hold no points and never count.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/host_classes.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::seconds;

class OffsiteRpoProof {
 public:
  OffsiteRpoProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {}

  Verdict prove() {
    const auto sites = services_by_site();
    if (sites_unknown_) {
      return Verdict::Broken;
    }
    Verdict verdict = Verdict::Proven;
    for (const auto& [site, services] : sites) {
      const Verdict found = prove_site(site, services);
      verdict = found == Verdict::Broken || verdict == Verdict::Broken ? Verdict::Broken
                : found == Verdict::Unproven                           ? found
                                                                       : verdict;
    }
    return verdict;
  }

 private:
  using Site = std::optional<Index>;

  // A service on hosts of several sites is judged at each.
  std::map<Index, std::vector<Index>> services_by_site() {
    std::map<Index, std::vector<Index>> sites;
    std::set<Index> unknown;
    for (const Index service : group_.services) {
      for (const Index host : data_hosts(policy_, policy_.services[service])) {
        const Site site = root_site(policy_, policy_.hosts[host].site);
        if (!site) {
          unknown.insert(host);
          continue;
        }
        std::vector<Index>& here = sites[*site];
        if (here.empty() || here.back() != service) {
          here.push_back(service);
        }
      }
    }
    for (const Index host : unknown) {
      report_unknown_site(context_, promise_, "host", policy_.hosts[host].name,
                          policy_.hosts[host].span);
    }
    sites_unknown_ = !unknown.empty();
    return sites;
  }

  // The deposits of the group that survive the loss of a site. Nothing where it is not known which
  // do; that is reported.
  std::optional<std::vector<const Deposit*>> surviving(Index lost) {
    std::vector<const Deposit*> found;
    bool known = true;
    for (const Index backup : group_.backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        const Target& target = policy_.targets[deposit.target.value];
        const TargetPlace& place = context_.place(deposit.target.value);
        if (place.on_each_host && !target.site) {
          continue;
        }
        const Site site = root_site(policy_, site_of(policy_, target, place, 0));
        if (!site) {
          known = false;
          report_unknown_site(context_, promise_, "target", target.name, target.span);
        } else if (*site != lost) {
          found.push_back(&deposit);
        }
      }
    }
    return known ? std::optional(std::move(found)) : std::nullopt;
  }

  Verdict prove_site(Index site, const std::vector<Index>& services) {
    const auto deposits = surviving(site);
    if (!deposits) {
      return Verdict::Broken;
    }
    std::vector<const Deposit*> paced;
    std::vector<Index> schedules;
    for (const Deposit* deposit : *deposits) {
      if (const auto pace = context_.pace_of(*deposit)) {
        paced.push_back(deposit);
        schedules.push_back(pace->schedule);
        if (pace->copy_schedule && deposit->copy->lag == std::nullopt) {
          schedules.push_back(*pace->copy_schedule);
        }
      }
    }
    if (paced.empty()) {
      report_never(site, services, *deposits);
      return Verdict::Broken;
    }
    std::sort(schedules.begin(), schedules.end());
    schedules.erase(std::unique(schedules.begin(), schedules.end()), schedules.end());
    if (!check_windows(context_, group_, schedules)) {
      return Verdict::Broken;
    }
    const auto worst = worst_of(paced, [](const Pace&) {});
    if (!worst || worst->age <= seconds(promise_.amount)) {
      return worst ? Verdict::Proven : Verdict::Unproven;
    }
    report(services, paced, *worst);
    return Verdict::Broken;
  }

  // Of these deposits together. `change` may alter the pace of each before it is looked at.
  template <typename Change>
  std::optional<WorstAge> worst_of(const std::vector<const Deposit*>& deposits, Change change) {
    std::vector<Arrival> points;
    bool cut = false;
    for (const Deposit* deposit : deposits) {
      Pace pace = *context_.pace_of(*deposit);
      change(pace);
      const auto* const arrivals = context_.arrivals(pace, context_.horizon().length);
      if (arrivals == nullptr) {
        return std::nullopt;
      }
      cut = cut || arrivals->size() >= max_fires;
      points.insert(points.end(), arrivals->begin(), arrivals->end());
    }
    std::stable_sort(points.begin(), points.end(), [](const Arrival& one, const Arrival& other) {
      return one.available < other.available;
    });
    const Horizon& horizon = context_.horizon();
    const auto end = context_.zone()->to_instant(horizon.begin + horizon.length).at;
    return find_worst_age(points, 0, cut ? std::nullopt : std::optional(end));
  }

  void report_never(Index site,
                    const std::vector<Index>& services,
                    const std::vector<const Deposit*>& deposits) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::OffsiteRpoBroken, promise_, services);
    if (deposits.empty()) {
      finding.message = fmt::format("no points of {} lie at another site, so `{}` cannot hold",
                                    services_text(policy_, services), to_string(promise_));
      if (!group_.backups.empty()) {
        finding.witness = {
            fmt::format("every target of its backups lies in site `{}`, as the "
                        "live data does",
                        policy_.sites[site].name)};
      }
      finding.help = "add `copy to TARGET keep RETENTION`, with a target at another site";
    } else {
      finding.message =
          fmt::format("no backup of {} to another site runs on a schedule, so `{}` cannot hold",
                      services_text(policy_, services), to_string(promise_));
      finding.help = "let a backup that covers them `run` on a schedule";
    }
    for (const Index backup : group_.backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        add_label(finding, deposit.target.span,
                  deposits.empty() ? "at the same site" : "stores a copy");
      }
    }
    add_backup_labels(policy_, group_, finding);
    context_.diagnostics().add(std::move(finding));
  }

  [[nodiscard]] std::vector<std::string> witness(const WorstAge& worst) const {
    const Zone& zone = *context_.zone();
    const std::string age = elapsed_text(Duration{worst.age.count()});
    return {fmt::format("the point of {} is the newest at another site",
                        instant_text(worst.newest.begun, zone)),
            worst.next ? fmt::format("that of {} may take until {}: {} after the start of that one",
                                     instant_text(worst.next->begun, zone),
                                     instant_text(worst.next->available, zone), age)
                       : fmt::format("no other comes in the {} to the end of {}", age,
                                     horizon_text(context_.horizon()))};
  }

  std::vector<std::string> remedies(const std::vector<const Deposit*>& deposits,
                                    const WorstAge& worst) {
    std::vector<std::string> found;
    if (deposits.size() != 1) {
      return found;
    }
    const Deposit& deposit = *deposits.front();
    if (deposit.copy_schedule()) {
      const auto after_each = worst_of(deposits, [](Pace& pace) { pace.copy_schedule.reset(); });
      if (after_each && after_each->age <= seconds(promise_.amount)) {
        found.push_back(fmt::format("let the copy follow each run: leave out `run {}`",
                                    policy_.schedules[*deposit.copy_schedule()].name));
      }
    }
    constexpr std::int64_t kMinute = 60;
    const std::int64_t lag = deposit.lag().seconds - (worst.age.count() - promise_.amount);
    if (lag >= kMinute && lag <= promise_.amount) {
      found.push_back(fmt::format("state a `lag` of at most {}",
                                  backstay::to_string(Duration{lag / kMinute * kMinute})));
    }
    return found;
  }

  void report(const std::vector<Index>& services,
              const std::vector<const Deposit*>& deposits,
              const WorstAge& worst) {
    Diagnostic finding =
        broken_promise(policy_, DiagnosticKind::OffsiteRpoBroken, promise_, services);
    finding.message = fmt::format("the loss of a site may cost {} of {}, more than `{}`",
                                  elapsed_text(Duration{worst.age.count()}),
                                  services_text(policy_, services), to_string(promise_));
    finding.witness = witness(worst);
    finding.help =
        join_remedies(remedies(deposits, worst), to_string(holding_promise(promise_, worst.age)));
    for (const Deposit* deposit : deposits) {
      const Pace pace = *context_.pace_of(*deposit);
      add_label(finding, deposit->target.span, "stores a copy at another site");
      if (deposit->copy != nullptr && deposit->copy->lag) {
        add_label(finding, deposit->copy->lag->span, "and takes so long to");
      }
      add_schedule_labels(finding, pace.schedule);
      if (pace.copy_schedule) {
        add_label(finding, deposit->copy->schedule->span, "the copy is made then");
        add_schedule_labels(finding, *pace.copy_schedule);
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  void add_schedule_labels(Diagnostic& finding, Index index) const {
    const Schedule& schedule = policy_.schedules[index];
    add_label(finding, schedule.rule.span, "runs so often");
    if (schedule.window) {
      add_label(finding, schedule.window->span, "a run may take so long");
    }
    if (schedule.jitter) {
      add_label(finding, schedule.jitter->span, "and may begin so late");
    }
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  bool sites_unknown_ = false;
};

}  // namespace

Verdict prove_offsite_rpo(ProofContext& context, const PromiseGroup& group) {
  return OffsiteRpoProof(context, group).prove();
}

}  // namespace backstay::compiler
