// The checks: each pass is one function from the model to findings, pure, in a file of its own.
#pragma once

#include <vector>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/check/promises.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// More runs than can be looked at one by one. Asked before every other check: they enumerate them.
void check_effort(const Policy& policy, const Horizon& horizon, lang::Diagnostics& diagnostics);
/// Empty source, unreachable and redundant `except` and `keep`, overlap of two components, database
/// owned twice, a live data directory, a target inside a source, an unselected `sealed-by`.
void check_paths(const Policy& policy, lang::Diagnostics& diagnostics);
/// A service in no backup; a declaration that nothing uses.
void check_coverage(const Policy& policy, lang::Diagnostics& diagnostics);
/// A promise about a service that holds nothing; one that is unprotected and yet has data or is
/// covered.
void check_captured(const Policy& policy, lang::Diagnostics& diagnostics);
/// `needs` without a cycle; witness: the shortest one.
void check_order(const Policy& policy, lang::Diagnostics& diagnostics);
/// Services of one instant on two servers, or in two backups.
void check_instants(const Policy& policy, lang::Diagnostics& diagnostics);
/// What a service that is restored from a target needs, is in that target, too.
void check_restore_closure(const Policy& policy, lang::Diagnostics& diagnostics);
/// What a drill expects in its sandbox is something that it restores.
void check_drill_files(const Policy& policy, lang::Diagnostics& diagnostics);
/// Hooks, `quiesce`, `held`, `external`, `replicate` that could not do what they say.
void check_service_facts(const Policy& policy, lang::Diagnostics& diagnostics);
/// `zone` where there is a schedule, known to the time-zone database; rules that fire; DST gaps.
void check_schedules(const Policy& policy, const Horizon& horizon, lang::Diagnostics& diagnostics);
/// Retentions that keep something.
void check_retention(const Policy& policy, lang::Diagnostics& diagnostics);
/// What `require` promises, each with its verdict: those that do not hold are told of. The policy
/// of the context must stay where it is as long as what this gives.
std::vector<JudgedPromise> check_promises(ProofContext& context);
/// Two backups that stop one service at one time.
void check_contention(ProofContext& context);
/// What retention does to points over time: an outage that loses most of them, a lock that prune
/// would run into, a target that is too small.
void check_kept_points(ProofContext& context);
/// Who can open, reach and delete copies: keys and logins that are lost with the host, targets that
/// need what they restore, copies that the host can delete.
void check_targets(ProofContext& context);
/// Numbers that the world bounds: days of a month, the time that a run takes.
void check_ranges(const Policy& policy, lang::Diagnostics& diagnostics);
/// Renames that lead from a name that is free to one that is declared.
void check_moved(const Policy& policy, lang::Diagnostics& diagnostics);
/// No secret in an argument vector, a path, an address, a reason.
void check_secrets(const Policy& policy, lang::Diagnostics& diagnostics);
/// `because` where it must stand; the system schemas; `database all` on a cluster.
void check_hygiene(const Policy& policy, lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
