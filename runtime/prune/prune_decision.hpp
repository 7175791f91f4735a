// Which points a prune takes away, and what keeps it from doing so: a pure function over facts.
//
// The rules are those of compiler/plan/retention.hpp, which the simulation and the proofs share;
// here come the guards that only a real store can give: copies, drills, holds, locks, the clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/retention.hpp"
#include "lang/base/units.hpp"

namespace backstay::runtime {

/// The periods of an instant in the policy's zone; the runtime has no calendar of its own.
using PeriodsOf = std::function<plan::RetentionPeriods(std::chrono::sys_seconds)>;

/// One point of one backup on one host in one target, as the store has it.
struct PrunePoint {
  std::string id;
  std::chrono::sys_seconds at;  ///< when it was begun
  bool partial = false;
  bool keep_current = false;    ///< made by a restore, of what it replaced; `partial` as well
  bool verified = false;        ///< its last verification on record was a good one
  bool damaged = false;         ///< damage stands: it can never be restored whole
  bool drilled = false;         ///< its last drill was a good one
  std::string unbelieved = {};  ///< why its signature is not good; empty: it is, or none is asked
  std::string held = {};        ///< why it must stay; empty: it is not held
  std::string not_copied = {};  ///< a required target where nothing proves that it is, or was
};

struct PruneFacts {
  plan::Retention retention;
  std::vector<PrunePoint> points;  ///< oldest first, by sequence
  std::chrono::sys_seconds now;
  std::optional<Duration> rpo = {};                         ///< the strictest promise
  std::optional<Duration> locked = {};                      ///< no younger point may go
  std::optional<std::chrono::sys_seconds> last_prune = {};  ///< when a point went last
  bool take_damaged = false;  ///< damaged points go, once something complete is newer
};

struct PruneVerdict {
  std::string id;
  std::chrono::sys_seconds at;
  bool keep = true;
  std::vector<std::string> reasons;  ///< why it stays, or why it goes
};

struct PruneDecision {
  std::vector<PruneVerdict> verdicts;   ///< in the order of the points
  std::string digest;                   ///< of the verdicts: what `--confirm` names
  std::vector<std::string> objections;  ///< need `--confirm`
  std::vector<std::string> refusals;    ///< no confirmation helps

  [[nodiscard]] std::size_t removals() const;
};

/// How long a partial point stays.
inline constexpr std::chrono::days kPartialStays{7};

/// Decides about all points. Never removes: the newest complete point, the newest drilled one, a
/// held or locked one, one that a required target never had, one that is not verified.
[[nodiscard]] PruneDecision decide_prune(const PruneFacts& facts, const PeriodsOf& periods);

/// Whether a guard keeps a decision from being carried out. confirm: the digest that was looked at.
[[nodiscard]] bool is_refused(const PruneDecision& decision, const std::string& confirm);

}  // namespace backstay::runtime
