// A copy with a schedule of its own: the newest verified snapshot of a backup goes to a further
// target, by the graph that the plan has for it.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct CopyRunOptions {
  std::string backup = {};  ///< empty: the only one
  std::string host = {};    ///< empty: the only one, or the one that this machine bears
  std::string target;       ///< of a copy of the backup that has a schedule of its own
  std::chrono::seconds lock_timeout{0};
  std::function<bool()> wanted = {};  ///< as RunOptions
};

/// The copy of a backup to a target. Errors: Usage: there is none, or it goes with every run.
[[nodiscard]] Result<const plan::Copy*> choose_copy(const plan::Backup& backup,
                                                    const std::string& target);

/// The host that does it: the one that it goes through, else as of a run. Errors: Usage, Refused.
[[nodiscard]] Result<std::string> host_of_copy(const plan::Backup& backup,
                                               const plan::Copy& copy,
                                               const std::string& asked);

/// Runs it. A copy that began gives a report (`what` is `copy`), also as STATE/runs/RUN.json: its
/// status is Verified where the copy is proven, else Failed. Errors are what kept it from
/// beginning: Usage, Refused, NotFound (no verified snapshot), Busy, Io.
[[nodiscard]] Result<RunReport> run_copy(World& world,
                                         const plan::Plan& plan,
                                         const CopyRunOptions& options,
                                         Events& events,
                                         const std::stop_token& stop);

/// Looks, read-only, at what run_copy would do.
[[nodiscard]] Result<PreviewReport> preview_copy(World& world,
                                                 const plan::Plan& plan,
                                                 const CopyRunOptions& options,
                                                 Events& events,
                                                 const std::stop_token& stop);

}  // namespace backstay::runtime
