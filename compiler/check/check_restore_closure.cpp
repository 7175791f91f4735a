// A restore from one target must find all that it starts: a service comes up only when what it
// needs is there, too.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// A service that a target holds, or that is restored from it, and the line that says so.
struct Held {
  Index service = 0;
  Span by;
};

/// By target.
struct Holdings {
  std::vector<std::vector<Held>> stored;
  std::vector<std::vector<Held>> drilled;
};

Holdings holdings_of(const Policy& policy) {
  Holdings holdings{std::vector<std::vector<Held>>(policy.targets.size()),
                    std::vector<std::vector<Held>>(policy.targets.size())};
  for (const Backup& backup : policy.backups) {
    const auto store = [&](const Reference& target) {
      for (const Reference& service : backup.services) {
        holdings.stored[target.value].push_back({service.value, target.span});
      }
    };
    if (backup.target) {
      store(*backup.target);
    }
    for (const CopyFact& copy : backup.copies) {
      store(copy.target);
    }
  }
  for (const Drill& drill : policy.drills) {
    for (const Reference& service : drill.services) {
      if (drill.target) {
        holdings.drilled[drill.target->value].push_back({service.value, drill.target->span});
      }
    }
  }
  return holdings;
}

/// One `needs` that a restore from one target cannot meet.
struct Gap {
  Index service = 0;
  const Reference* need = nullptr;
  Index target = 0;
  Span by;
};

/// Gaps by the service that is missing: one that is left out is one mistake, however many need it.
using Gaps = std::map<Index, std::vector<Gap>>;

void find_gaps(const Policy& policy,
               const Holdings& holdings,
               Index target,
               std::vector<Index>& seen,
               Gaps& gaps) {
  for (const Held& held : holdings.stored[target]) {
    seen[held.service] = target;
  }
  std::set<std::pair<Index, Index>> told;
  for (const auto* all : {&holdings.stored[target], &holdings.drilled[target]}) {
    for (const Held& held : *all) {
      for (const Reference& need : policy.services[held.service].needs) {
        const bool met = seen[need.value] == target || policy.services[need.value].external ||
                         policy.services[held.service].external;
        if (!met && told.emplace(held.service, need.value).second) {
          gaps[need.value].push_back({held.service, &need, target, held.by});
        }
      }
    }
  }
}

/// Where the missing service is kept in place of the target that lacks it.
void add_whereabouts(const Policy& policy, Index missing, Diagnostic& finding) {
  for (const Backup& backup : policy.backups) {
    const auto covered =
        std::find_if(backup.services.begin(), backup.services.end(),
                     [&](const Reference& service) { return service.value == missing; });
    if (covered != backup.services.end() && backup.target && finding.labels.size() < kMostLabels) {
      add_label(finding, backup.target->span,
                fmt::format("`{}` goes to `{}` only", policy.services[missing].name,
                            policy.targets[backup.target->value].name));
    }
  }
}

void report(const Policy& policy,
            Index missing,
            const std::vector<Gap>& gaps,
            Diagnostics& diagnostics) {
  const Gap& first = gaps.front();
  const Service& service = policy.services[first.service];
  const std::string& needed = policy.services[missing].name;
  const std::string& target = policy.targets[first.target].name;
  Diagnostic finding{
      .kind = DiagnosticKind::RestoreClosure,
      .primary = first.need->span,
      .message = fmt::format("service `{}` cannot be restored from target `{}`: `{}`, which it "
                             "needs, is not there",
                             service.name, target, needed),
      .help =
          fmt::format("back `{}` up to `{}` as well; where somebody else brings it back, let it "
                      "say `external because \"…\"`",
                      needed, target),
  };
  std::set<Index> targets;
  for (const Gap& gap : gaps) {
    const Service& other = policy.services[gap.service];
    if (targets.insert(gap.target).second) {
      finding.witness.push_back(fmt::format("a restore from `{}` starts `{}`, but finds no `{}`",
                                            policy.targets[gap.target].name, other.name, needed));
    }
    if (finding.labels.size() < kMostLabels) {
      add_label(finding, gap.by,
                fmt::format("`{}` holds `{}`", policy.targets[gap.target].name, other.name));
      add_label(finding, gap.need->span, fmt::format("`{}` needs it, too", other.name));
      add_service_label(finding, other, gap.need->span);
    }
  }
  add_whereabouts(policy, missing, finding);
  add_label(finding, policy.services[missing].span, "what is missing");
  diagnostics.add(std::move(finding));
}

}  // namespace

void check_restore_closure(const Policy& policy, Diagnostics& diagnostics) {
  const Holdings holdings = holdings_of(policy);
  std::vector<Index> seen(policy.services.size(), policy.targets.size());
  Gaps gaps;
  for (Index target = 0; target < policy.targets.size(); ++target) {
    find_gaps(policy, holdings, target, seen, gaps);
  }
  for (const auto& [missing, of_service] : gaps) {
    report(policy, missing, of_service, diagnostics);
  }
}

}  // namespace backstay::compiler
