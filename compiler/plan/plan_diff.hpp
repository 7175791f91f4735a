// What changes between two plans, ranked by what it means for recovery.
//
// Compares compiled plans, not texts: reformatting, reordering or splitting a policy is no change.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// The classes of effect, worst first. A reviewer reads from the top.
enum class Effect : std::uint8_t {
  HistoryOrphaned,   ///< a service came under another name, without a `moved`, or the policy did:
                     ///< its points stay behind
  CoverageLost,      ///< something that was protected no longer is, or with less certainty
  DeletedEarlier,    ///< fewer or younger points are kept
  FewerCopies,       ///< a target is gone, or lies elsewhere
  WeakerEncryption,  ///< not sealed any more, or others can open it
  LongerObjective,   ///< a promise is weaker, a run may take longer or comes less often
  ObjectiveChanged,  ///< a promise that is neither stronger nor weaker than the one before
  NewAccess,         ///< another server, address or login is used
  CommandChanged,    ///< a command that is run differs
  ScheduleMoved,     ///< other times
  Cost,              ///< more is kept or read
  Cosmetic,          ///< nothing that a recovery would notice
};

/// `lost coverage`, `deletes earlier`, … as shown.
[[nodiscard]] std::string_view to_string(Effect effect);

/// Whether the effect weakens protection.
[[nodiscard]] constexpr bool weakens(Effect effect) {
  return effect <= Effect::LongerObjective;
}

enum class ChangeKind : std::uint8_t { Removed, Changed, Added };

/// One difference.
struct Change {
  Effect effect = Effect::Cosmetic;
  ChangeKind kind = ChangeKind::Changed;
  std::string subject;         ///< `component nova.state`, `retention standard`
  std::string before;          ///< empty where there was nothing
  std::string after;           ///< empty where there is nothing
  std::string_view code = {};  ///< `BST0820`: of the page that explains it; empty for most
};

/// The longest time between two runs of a schedule's rule; nothing where it is not known. The
/// calendar is no part of this library, so its caller brings it along.
using LongestGap = std::function<std::optional<std::chrono::seconds>(const std::string& rule)>;

struct PlanDiff {
  std::string policy;
  std::string old_digest;
  std::string new_digest;
  std::vector<Change> changes;  ///< worst effect first, then by subject; empty iff the plans are
                                ///< equal, or differ in names only that a `moved` covers

  [[nodiscard]] bool weaker() const;
  /// A service's history that belongs to nobody: an error, whatever else is right. A policy under
  /// another name weakens, and is no error: its points stay what they were.
  [[nodiscard]] bool orphans() const;
};

/// Plans that differ give at least one change: what no rule names is a Cosmetic change of `plan`.
/// gap  tells which of two schedules runs less often; without it, another rule is another time
[[nodiscard]] PlanDiff diff(const Plan& before, const Plan& after, const LongestGap& gap = {});

}  // namespace backstay::plan
