// Sets of runs on several hosts: what `list` and `status` tell of them, and how long they stay.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/hosts/set_record.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// The sets of a plan's backups that this machine ran, newest first; `backup` empty: of all.
[[nodiscard]] std::vector<runtime::SetRecord> sets_of(runtime::World& world,
                                                      const plan::Plan& plan,
                                                      const std::string& backup);

/// `complete`, or `lacks compute02 (no answer), ctl01 (partial)`.
[[nodiscard]] std::string state_of(const runtime::SetRecord& set);

/// `list --sets`: one row a set.
[[nodiscard]] std::string sets_text(const std::vector<runtime::SetRecord>& sets);
/// The same as JSON: an array of {set, backup, started, complete, hosts: […], lacks: […]}.
[[nodiscard]] std::string sets_json(const std::vector<runtime::SetRecord>& sets);

/// What is wrong with the newest set of a backup; empty: it is complete, or there is none.
[[nodiscard]] std::string set_problem(const std::vector<runtime::SetRecord>& sets,
                                      const std::string& backup);

/// Forgets what nothing refers to any more: of a backup the complete sets whose snapshots no
/// retention of it keeps at any target, by the rule that `prune` takes them by; incomplete ones,
/// restores and drills after a month; with each its export. The newest complete one always stays.
/// Returns the ids. What cannot be removed is tried again the next time.
std::vector<std::string> forget_old_sets(runtime::World& world,
                                         const plan::Plan& plan,
                                         const std::string& backup);

}  // namespace backstay::cli
