// What the targets of a backup hold after each run, without waiting for it: the model behind
// `backstay simulate` and the `keeps` of policy tests.
//
// The proofs (compiler/check) ask the same of a policy; both work with the arrivals of points.hpp
// and the decision that `prune` makes.
#pragma once

#include <string>
#include <vector>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::compiler {

/// What became of one run at a target.
struct SimulatedRun {
  Fire fire;                       ///< of the run, or of a copy that has a schedule of its own
  std::chrono::sys_seconds point;  ///< start of the point that it brings
  bool missed = false;             ///< within the outage
  bool nothing_new = false;        ///< a copy that found no point that it had not brought already
  std::size_t points = 0;          ///< at the target after it
  bool kept = false;               ///< at the end
  std::vector<std::string> reasons = {};  ///< why
};

/// One target of a backup: its own, or that of a copy.
struct SimulatedTarget {
  std::string target;
  std::string retention;
  std::string rule = {};  ///< by which its points come; empty: by hand, then nothing runs
  bool is_copy = false;
  bool own_pace = false;  ///< a copy with a schedule of its own
  std::vector<SimulatedRun> runs = {};

  [[nodiscard]] std::size_t points() const { return runs.empty() ? 0 : runs.back().points; }
};

/// All targets of a backup, its own first.
/// outage  no point comes in that time before the last one; less than 0: no outage
/// NotFound: the zone of the plan is not known to this machine. Usage: more runs and points than
/// can be looked at one by one.
[[nodiscard]] Result<std::vector<SimulatedTarget>> simulate_targets(const plan::Plan& plan,
                                                                    const plan::Backup& backup,
                                                                    const Horizon& horizon,
                                                                    Duration outage);

}  // namespace backstay::compiler
