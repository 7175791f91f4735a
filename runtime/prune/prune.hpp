// Prune: takes away the points of one backup on one host in one target that its retention does not
// keep. In two phases: a point goes to the trash first, and from there only after a grace.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/prune/prune_decision.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct PruneRequest {
  std::string backup = {};   ///< empty: the only one
  std::string host = {};     ///< empty: the only one, or the one that this machine bears
  std::string target = {};   ///< empty: the backup's main one; named: also one that only an
                             ///< administrator may delete from
  std::string of = {};       ///< whose copies, where `host` is the one that they go through
  std::string confirm = {};  ///< digest of a decision that was looked at
  bool dry_run = false;
  bool damaged = false;  ///< points whose verification found damage go as well
  std::chrono::seconds grace = std::chrono::days(7);  ///< in the trash
};

struct PruneReport {
  std::string policy;
  std::string backup;
  std::string host;
  std::string target;
  std::string place;  ///< directory of the store, or how the target beyond is called
  PruneDecision decision;
  bool refused = false;                ///< a guard kept it from removing anything
  std::vector<std::string> removed;    ///< moved to the trash by this call
  std::vector<std::string> in_use;     ///< would go, but a drill reads them
  std::vector<std::string> reclaimed;  ///< left the trash for good
  std::vector<std::string> in_trash;   ///< still there
  bool remote = false;                 ///< the target is no directory of this machine
};

/// Decides, and unless it is a dry run or a guard objects, carries it out. Errors: Usage, Refused
/// (the host may not delete there, a manifest that cannot be read), Busy (a run of the same policy
/// and host goes on), Io; after an Error what was moved stays in the trash, whole.
[[nodiscard]] Result<PruneReport> prune(World& world,
                                        const plan::Plan& plan,
                                        const PruneRequest& request,
                                        const PeriodsOf& periods,
                                        const std::stop_token& stop);

/// Takes a point back from the trash of the request's target, by its whole id. Errors: NotFound
/// (not in the trash), Usage, Refused (the host may not delete there), Busy, Io.
[[nodiscard]] Result<void> bring_back(World& world,
                                      const plan::Plan& plan,
                                      const PruneRequest& request,
                                      const std::string& snapshot,
                                      const std::stop_token& stop);

}  // namespace backstay::runtime
