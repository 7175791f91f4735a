// What `require` promises, held against what the policy does.
#include <algorithm>
#include <utility>

#include "compiler/check/checks.hpp"
#include "compiler/check/file_components.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/check/restore_times.hpp"
#include "compiler/check/service_parts.hpp"

namespace backstay::compiler {
namespace {

Verdict prove(ProofContext& context, RestoreTimes& times, const PromiseGroup& group) {
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

// What a backup of nothing keeps is true of nothing.
bool holds_nothing(const Policy& policy, const PromiseGroup& group) {
  return std::any_of(group.services.begin(), group.services.end(), [&](Index index) {
    const Service& service = policy.services[index];
    return !is_protected(service) || (!holds_points(service) && service.mirrors.empty());
  });
}

}  // namespace

std::vector<JudgedPromise> check_promises(ProofContext& context) {
  std::vector<JudgedPromise> judged;
  RestoreTimes times(context);
  for (PromiseGroup& group : promise_groups(context)) {
    context.diagnostics().set_subjects(services_of(context.policy(), group));
    Verdict verdict = prove(context, times, group);
    if (verdict == Verdict::Proven && holds_nothing(context.policy(), group)) {
      verdict = Verdict::Unproven;  // a finding of its own
    }
    context.diagnostics().set_subjects({});
    judged.push_back({std::move(group), verdict});
  }
  return judged;
}

}  // namespace backstay::compiler
