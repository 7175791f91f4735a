// Targets that can be reached and written when they are needed, and not be emptied by the host.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/check/check_targets.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/host_classes.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

/// Services that must run before a target is reached, each with the one that it was found by.
using Closure = std::map<Index, std::optional<Index>>;

Closure traced_closure_of(const Policy& policy, const Target& target) {
  Closure closure;
  std::vector<Index> stack;
  for (const Reference& needed : target.needs) {
    if (closure.emplace(needed.value, std::nullopt).second) {
      stack.push_back(needed.value);
    }
  }
  while (!stack.empty()) {
    const Index service = stack.back();
    stack.pop_back();
    for (const Reference& needed : policy.services[service].needs) {
      if (closure.emplace(needed.value, service).second) {
        stack.push_back(needed.value);
      }
    }
  }
  return closure;
}

class TargetAccessCheck {
 public:
  explicit TargetAccessCheck(const ProofContext& context)
      : context_(context), policy_(context.policy()) {
    for (const Target& target : policy_.targets) {
      closures_.push_back(traced_closure_of(policy_, target));
    }
  }

  void run() {
    for (Index backup = 0; backup < policy_.backups.size(); ++backup) {
      check_needs(backup);
      for (const Deposit& deposit : context_.deposits(backup)) {
        check_nobody(deposit);
      }
    }
    check_deletable();
  }

 private:
  // Why the least closure: a service must stand in the way of all targets of the backup.
  void check_needs(Index backup) {
    const auto& deposits = context_.deposits(backup);
    const auto size_of = [this](const Deposit& deposit) {
      return closures_[deposit.target.value].size();
    };
    const auto least = std::min_element(
        deposits.begin(), deposits.end(),
        [&](const Deposit& one, const Deposit& other) { return size_of(one) < size_of(other); });
    if (least == deposits.end() || size_of(*least) == 0) {
      return;
    }
    for (const Reference& service : policy_.backups[backup].services) {
      const bool blocked =
          !policy_.services[service.value].external &&
          std::all_of(deposits.begin(), deposits.end(), [&](const Deposit& deposit) {
            return closures_[deposit.target.value].contains(service.value);
          });
      if (blocked) {
        report_needs(backup, service.value);
        return;
      }
    }
  }

  // `nova` from the target's own line down to the service.
  [[nodiscard]] std::vector<Index> path_to(const Closure& closure, Index service) const {
    std::vector<Index> path{service};
    while (const auto& by = closure.at(path.back())) {
      path.push_back(*by);
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  void report_needs(Index backup, Index service) {
    const Deposit& deposit = context_.deposits(backup).front();
    const Target& target = policy_.targets[deposit.target.value];
    const std::vector<Index> path = path_to(closures_[deposit.target.value], service);
    const auto need = std::find_if(target.needs.begin(), target.needs.end(),
                                   [&](const Reference& one) { return one.value == path.front(); });
    const std::string& name = policy_.services[service].name;
    Diagnostic finding{
        .kind = DiagnosticKind::TargetNeedsRestored,
        .primary = need->span,
        .message = fmt::format("`{}` is restored from target `{}`, which cannot be reached before "
                               "`{}` runs",
                               name, target.name, name),
        .help = "copy it to a target as well that needs none of what it holds",
    };
    std::string chain = fmt::format("target `{}`", target.name);
    for (const Index step : path) {
      chain += fmt::format(" needs `{}`", policy_.services[step].name);
      chain += step == service ? "" : ", which";
    }
    finding.witness.push_back(chain);
    for (const Index step : path) {
      for (const Reference& needed : policy_.services[step].needs) {
        const bool on_path = std::find(path.begin(), path.end(), needed.value) != path.end();
        if (on_path && finding.labels.size() < kMostLabels) {
          add_label(finding, needed.span, "which needs this");
        }
      }
    }
    for (const Deposit& other : context_.deposits(backup)) {
      add_label(finding, other.target.span, "stored there");
    }
    add_subject(finding, "target", target.name);
    add_subject(finding, "backup", policy_.backups[backup].name);
    context_.diagnostics().add(std::move(finding));
  }

  void check_nobody(const Deposit& deposit) {
    const Target& target = policy_.targets[deposit.target.value];
    if (!target.deletable_by || target.deletable_by->value != Deleter::Nobody ||
        !deposit.retention) {
      return;
    }
    const Retention& retention = policy_.retentions[deposit.retention->value];
    Diagnostic finding{
        .kind = DiagnosticKind::NobodyPrunes,
        .primary = deposit.retention->span,
        .message = fmt::format("`{}` lets points go, but nobody can delete from target `{}`",
                               retention.name, target.name),
        .help =
            "write `deletable-by admin` where somebody else than the host prunes it; what nobody "
            "can delete from takes a `mirror` only",
    };
    add_label(finding, target.deletable_by->span, "said here");
    add_label(finding, retention.span, "keeps these, and no more");
    add_subject(finding, "target", target.name);
    add_subject(finding, "backup", policy_.backups[deposit.backup].name);
    context_.diagnostics().add(std::move(finding));
  }

  // Is anything here meant to outlive the host? One directory of the host itself is not, and nobody
  // is told what he can see.
  [[nodiscard]] bool is_meant_to_last(const std::vector<Index>& backups,
                                      const Service& service) const {
    const std::vector<Index> hosts = data_hosts(policy_, service);
    std::size_t deposits = 0;
    bool away = !service.mirrors.empty();
    for (const Index backup : backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        ++deposits;
        const TargetPlace& place = context_.place(deposit.target.value);
        away = away || std::any_of(hosts.begin(), hosts.end(),
                                   [&](Index host) { return is_away_from(place, host); });
      }
    }
    return away || deposits > 1;
  }

  [[nodiscard]] bool can_delete_all(const std::vector<Index>& backups, Index service) const {
    const auto survives = [this](Index target) {
      const auto& by = policy_.targets[target].deletable_by;
      return by && by->value != Deleter::Host;
    };
    for (const Index backup : backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        if (survives(deposit.target.value)) {
          return false;
        }
      }
    }
    const auto& mirrors = policy_.services[service].mirrors;
    return std::none_of(mirrors.begin(), mirrors.end(),
                        [&](const MirrorFact& mirror) { return survives(mirror.target.value); });
  }

  void check_deletable() {
    std::map<std::vector<Index>, std::vector<Index>> groups;
    for (Index service = 0; service < policy_.services.size(); ++service) {
      const auto& backups = context_.covering(service);
      const bool counts = !backups.empty() && !policy_.services[service].external &&
                          is_meant_to_last(backups, policy_.services[service]);
      if (counts && can_delete_all(backups, service)) {
        groups[backups].push_back(service);
      }
    }
    for (const auto& [backups, services] : groups) {
      report_deletable(backups, services);
    }
  }

  void report_deletable(const std::vector<Index>& backups, const std::vector<Index>& services) {
    const auto& deposits = context_.deposits(backups.front());
    if (deposits.empty()) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::EveryCopyDeletable,
        .primary = deposits.back().target.span,
        .message = fmt::format("whoever takes over a host can delete every copy of {}",
                               services_text(policy_, services)),
        .help = "give one target to somebody else and say so there: `deletable-by admin`",
    };
    for (const Index backup : backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        const Target& target = policy_.targets[deposit.target.value];
        if (finding.labels.size() < kMostLabels) {
          add_label(
              finding, target.deletable_by ? target.deletable_by->span : target.span,
              target.deletable_by ? "said here" : "deletable by the host, as nothing is said");
        }
      }
      add_subject(finding, "backup", policy_.backups[backup].name);
    }
    for (const Index service : services) {
      finding.subjects.push_back({"service", policy_.services[service].name});
    }
    context_.diagnostics().add(std::move(finding));
  }

  const ProofContext& context_;
  const Policy& policy_;
  std::vector<Closure> closures_;  // by target
};

}  // namespace

void check_target_access(const ProofContext& context) {
  TargetAccessCheck(context).run();
}

void check_targets(ProofContext& context) {
  check_custody(context);
  check_target_access(context);
  check_copies_on(context);
  check_main_targets(context);
  check_directories_elsewhere(context);
}

}  // namespace backstay::compiler
