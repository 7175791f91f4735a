// The promises of a policy, grouped so that each proof is made once, not once for each service.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/judged_promise.hpp"
#include "compiler/check/proof_context.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

class RestoreTimes;

/// Every promise that holds for a service: of each kind the strictest one, and with `tolerates`
/// every one that no other implies. External services are outside promises.
[[nodiscard]] std::vector<PromiseGroup> promise_groups(const ProofContext& context);

/// service `app`, or services `app`, `db` and 12 more
[[nodiscard]] std::string services_text(const Policy& policy, const std::vector<Index>& services);

/// Each proof reports one finding where the group breaks its promise.
[[nodiscard]] Verdict prove_rpo(ProofContext& context, const PromiseGroup& group);
[[nodiscard]] Verdict prove_offsite_rpo(ProofContext& context, const PromiseGroup& group);
[[nodiscard]] Verdict prove_history(ProofContext& context, const PromiseGroup& group);
/// `copies`, `media`, `offsite`, `encrypted`, `immutable`
[[nodiscard]] Verdict prove_places(ProofContext& context, const PromiseGroup& group);
[[nodiscard]] Verdict prove_drill(ProofContext& context, const PromiseGroup& group);

/// Warns where a fact is missing that the proof needs.
[[nodiscard]] Verdict prove_rto(ProofContext& context,
                                RestoreTimes& times,
                                const PromiseGroup& group);

/// Reports each schedule without a `window`: no run of unknown length can be proven. Whether all
/// have one.
bool check_windows(ProofContext& context,
                   const PromiseGroup& group,
                   const std::vector<Index>& schedules);

/// Reports a host or target that does not say where it stands, and where that matters to a promise.
void report_unknown_site(const ProofContext& context,
                         const PromiseFact& promise,
                         std::string_view kind,
                         const std::string& name,
                         const Span& place);

/// The finding of a group that breaks its promise: at the promise, about the services.
[[nodiscard]] lang::Diagnostic broken_promise(const Policy& policy,
                                              lang::DiagnosticKind kind,
                                              const PromiseFact& promise,
                                              const std::vector<Index>& services);

/// The same promise with an age that holds, in full hours, or days from the fourth on.
[[nodiscard]] PromiseFact holding_promise(const PromiseFact& promise, std::chrono::seconds age);

/// `run `every 12h`, state a `window` of at most 2h, or promise `rpo 28h``
[[nodiscard]] std::string join_remedies(std::vector<std::string> remedies,
                                        const std::string& holding);

/// Labels for what a backup without a schedule, or no backup at all, leaves unsaid.
void add_backup_labels(const Policy& policy, const PromiseGroup& group, lang::Diagnostic& finding);

}  // namespace backstay::compiler
