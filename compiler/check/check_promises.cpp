// What `require` promises, held against what the policy does.
#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"

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

}  // namespace

Verdict prove(ProofContext& context, const PromiseGroup& group) {
  switch (group.promise->kind) {
    case PromiseKind::Rpo:
      return prove_rpo(context, group);
    case PromiseKind::History:
      return prove_history(context, group);
    case PromiseKind::Copies:
    case PromiseKind::Media:
    case PromiseKind::Offsite:
      return prove_copies(context, group);
    case PromiseKind::OffsiteRpo:
    case PromiseKind::Rto:
    case PromiseKind::Drill:
    case PromiseKind::Encrypted:
    case PromiseKind::Immutable:
      break;
  }
  return Verdict::Unproven;
}

void check_promises(const Policy& policy, lang::Diagnostics& diagnostics) {
  check_sites(policy, diagnostics);
  ProofContext context(policy, diagnostics);
  for (const PromiseGroup& group : promise_groups(policy)) {
    static_cast<void>(prove(context, group));
  }
}

}  // namespace backstay::compiler
