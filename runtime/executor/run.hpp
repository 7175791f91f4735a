// Running a plan's backup, and its dry run: what the command line calls.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct RunOptions {
  std::string backup = {};  ///< empty: the only one
  std::string host = {};    ///< empty: the only one, or the one that this machine bears
  std::chrono::seconds lock_timeout{0};  ///< how long to wait for another run
  std::chrono::seconds deadline{0};      ///< of the whole run; 0: none
  std::size_t parallel = 2;              ///< steps at once
  bool rehash = false;                   ///< reads files that look unchanged too
  bool with_others = false;              ///< of a look: the real run is one of several hosts
  Gates* gates = nullptr;                ///< what other hosts keep waiting; null: this host alone
  /// Asked once the lock is held: whether the run is wanted still; none: it is. If not, Refused.
  std::function<bool()> wanted = {};
};

/// Runs one backup of a plan on this machine. `plan_bytes` are the bytes that were read and
/// verified: they are stored with the snapshot.
///
/// A run that began gives a report, however it ended; it is also written to STATE/runs/RUN.json,
/// and with a snapshot as its record `run` into the store. Errors are what kept it from beginning:
/// Usage, Refused, BadInput (plan, host or store), Busy (the lock), NoSpace, Io. One a process at a
/// time.
[[nodiscard]] Result<RunReport> run_backup(World& world,
                                           const plan::Plan& plan,
                                           const std::string& plan_bytes,
                                           const RunOptions& options,
                                           Events& events,
                                           std::stop_token stop);

/// One step of a dry run.
struct StepPreview {
  std::string id;
  std::string kind;
  std::string what;  ///< one line: `archive /etc/nova`
  Preview lines;
};

struct PreviewReport {
  std::string backup = {};
  std::string host = {};
  std::string snapshot = {};  ///< of a restore
  std::vector<StepPreview> steps = {};
  std::optional<Error> refusal = {};  ///< what would keep the run from beginning

  /// Whether the real run could start and no step has a problem.
  [[nodiscard]] bool could_start() const;
};

/// Looks, read-only, at what run_backup would do, step by step. A store that is not there or is
/// locked is a value: `refusal`. Errors: Usage, Refused (backup or host).
[[nodiscard]] Result<PreviewReport> preview_backup(World& world,
                                                   const plan::Plan& plan,
                                                   const RunOptions& options,
                                                   Events& events,
                                                   std::stop_token stop);

}  // namespace backstay::runtime
