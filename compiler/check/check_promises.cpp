// What `require` promises, held against what the policy does.
#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"
#include "compiler/check/restore_times.hpp"

namespace backstay::compiler {
namespace {

// A site that lies in itself would have no root.
void check_sites(const Policy& policy, lang::Diagnostics& diagnostics) {
  for (Index site = 0; site < policy.sites.size(); ++site) {
    std::optional<Reference> above = policy.sites[site].part_of;
    Index least = site;
    for (std::size_t step = 0; above && above->value != site && step < policy.sites.size();
         ++step) {
      least = std::min(least, above->value);
      above = policy.sites[above->value].part_of;
    }
    // The first of the circle speaks for all of it.
    if (above && above->value == site && least == site) {
      lang::Diagnostic finding{
          .kind = lang::DiagnosticKind::ConflictingFacts,
          .primary = policy.sites[site].part_of->span,
          .message = fmt::format("site `{}` lies in itself", policy.sites[site].name),
          .help = "let the outermost site be part of none",
      };
      for (Index next = policy.sites[site].part_of->value; next != site;
           next = policy.sites[next].part_of->value) {
        add_label(finding, policy.sites[next].part_of->span, "by way of this one");
      }
      diagnostics.add(std::move(finding));
    }
  }
}

Verdict prove(ProofContext& context, RestoreTimes& times, const PromiseGroup& group) {
  // A promise of nothing is a finding of check_ranges.
  if (group.promise->amount == 0 && group.promise->kind != PromiseKind::Encrypted) {
    return Verdict::Unproven;
  }
  switch (group.promise->kind) {
    case PromiseKind::Rpo:
      return prove_rpo(context, group);
    case PromiseKind::OffsiteRpo:
      return prove_offsite_rpo(context, group);
    case PromiseKind::Rto:
      return prove_rto(context, times, group);
    case PromiseKind::History:
      return prove_history(context, group);
    case PromiseKind::Drill:
      return prove_drill(context, group);
    case PromiseKind::Copies:
    case PromiseKind::Media:
    case PromiseKind::Offsite:
    case PromiseKind::Encrypted:
    case PromiseKind::Immutable:
      break;
  }
  return prove_places(context, group);
}

std::vector<lang::Subject> services_of(const Policy& policy, const PromiseGroup& group) {
  std::vector<lang::Subject> subjects;
  for (const Index service : group.services) {
    subjects.push_back({"service", policy.services[service].name});
  }
  return subjects;
}

}  // namespace

std::vector<JudgedPromise> check_promises(ProofContext& context) {
  check_sites(context.policy(), context.diagnostics());
  std::vector<JudgedPromise> judged;
  RestoreTimes times(context);
  for (PromiseGroup& group : promise_groups(context)) {
    context.diagnostics().set_subjects(services_of(context.policy(), group));
    const Verdict verdict = prove(context, times, group);
    context.diagnostics().set_subjects({});
    judged.push_back({std::move(group), verdict});
  }
  return judged;
}

}  // namespace backstay::compiler
