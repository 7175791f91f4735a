// Evidence: what a drill found, as a write-once record beside each snapshot that it read; and read
// back, so that a status can say when a restore was last proven and how long it took.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/units.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// The kind of its records.
inline constexpr const char* kDrillRecord = "drill";

/// What is promised of one service about restores.
struct RestorePromise {
  std::optional<Duration> rto;
  std::optional<Duration> drill_every;
};

/// The strictest `rto` and `drill every` that a plan promises of a service.
[[nodiscard]] RestorePromise restore_promise(const plan::Plan& plan, const std::string& service);

/// The record of one source as JSON, `schema_version` 1.
/// not_drilled  what a real restore does and a drill never: hooks, units, probes, imports.
[[nodiscard]] std::string evidence_json(const plan::Plan& plan,
                                        const DrillRun& run,
                                        const DrillSource& source,
                                        const RunReport& report,
                                        const std::vector<std::string>& not_drilled);

/// One record as a status needs it.
struct Evidence {
  std::string snapshot;
  std::string run;
  std::string drill;
  std::string policy;
  std::string started;                                             ///< RFC 3339
  std::string finished;                                            ///< RFC 3339
  bool drilled = false;                                            ///< false: it failed
  std::string failure;                                             ///< why
  std::map<std::string, std::chrono::milliseconds> restored = {};  ///< of each service
};

/// The last evidence about a snapshot; nothing where it was never drilled, or the record cannot be
/// read.
[[nodiscard]] std::optional<Evidence> last_evidence(Filesystem& files,
                                                    const Store& store,
                                                    const std::string& snapshot);

}  // namespace backstay::runtime
