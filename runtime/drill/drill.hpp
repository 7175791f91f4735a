// A drill: the restore that nobody needs, practised. What a drill of a plan restores into a sandbox
// is looked at, and what was found is kept as evidence in the store.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct DrillRequest {
  std::string drill = {};     ///< empty: the only one
  std::string host = {};      ///< empty: the only one, or the one that this machine bears
  std::string into = {};      ///< directory of the sandbox; empty: a new one below /var/tmp
  std::string snapshot = {};  ///< empty: the newest complete one
  /// Where the drill's target is read, of one that is no directory; empty: its own directory.
  std::string store = {};
  bool keep = false;  ///< leave the sandbox for a look around
};

/// Why the server steps of one drill could not be put anywhere else: what it says of itself.
struct DrillReport {
  RunReport run;
  std::vector<std::string> not_drilled = {};  ///< hooks, units, probes and imports, one a line
  std::vector<DrillFinding> findings = {};
  std::vector<std::string> times = {};    ///< `nova was back after 4 s; rto 4h is promised`
  std::string kept = {};                  ///< directory of the sandbox, where it stays
  std::vector<std::string> servers = {};  ///< how to start each kept server again
};

/// The drill of that name, or the only one where `name` is empty. Errors: Usage.
[[nodiscard]] Result<const plan::Drill*> choose_drill(const plan::Plan& plan,
                                                      const std::string& name);

/// Runs one drill on this machine. First removes what drills left that were killed.
///
/// A drill that began gives a report, however it ended, and leaves its evidence as the record
/// `drill` of each snapshot that it read: its status is Drilled or Failed. Errors are what kept it
/// from beginning: Usage, Refused (a partial snapshot, a sandbox that is not empty), NotFound (no
/// snapshot), ToolMissing, NoSpace, Io.
[[nodiscard]] Result<DrillReport> run_drill(World& world,
                                            const plan::Plan& plan,
                                            const DrillRequest& request,
                                            Events& events,
                                            std::stop_token stop);

/// Looks, read-only, at what run_drill would do. Errors: Usage, NotFound, BadInput.
[[nodiscard]] Result<PreviewReport> preview_drill(World& world,
                                                  const plan::Plan& plan,
                                                  const DrillRequest& request,
                                                  Events& events,
                                                  std::stop_token stop);

}  // namespace backstay::runtime
