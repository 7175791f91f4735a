// Where things go in one restore, and the orchestration of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/restore/privileged.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::runtime {

class ChangeLog;  // runtime/restore/change.hpp

/// What and where to restore. Without `in_place` or `to_directory` only a place that does not exist
/// yet is written to: everything else is refused before the first change.
struct RestoreRequest {
  std::string snapshot = "latest";      ///< id, unique prefix, `latest`, `latest~N`
  std::vector<std::string> services;    ///< empty: all
  std::vector<std::string> components;  ///< empty: all
  std::vector<std::string> paths;       ///< absolute paths of files or trees; empty: all
  std::vector<std::string> databases;   ///< names; empty: all
  std::string to_directory;     ///< files and SQLite go to DIR + original path, dumps to DIR
  std::string database_suffix;  ///< databases go to NAME + suffix, beside
  bool in_place = false;
  /// Databases in place, without their old tables beside them: dropped before the import, once a
  /// verified snapshot holds them. Implies `in_place`.
  bool without_orig = false;
  std::set<std::string> without_keep_current;  ///< components that are replaced without a snapshot
  /// What becomes of set-id bits, devices and capabilities: a store is not signed.
  Privileged privileged = Privileged::Refused;
};

/// Shared by the steps of one restore.
struct RestoreRun {
  RestoreRequest request;
  std::set<std::string> components;  ///< in scope
  std::string run_id;
  std::vector<std::string> kept;       ///< what was set aside, for the report: `/etc/nova.orig-RUN`
  std::vector<std::string> checklist;  ///< what is left to do by hand, in order
  std::set<std::string> approved = {};  ///< ids of steps that may run commands and touch units
  std::set<std::string> started = {};   ///< services whose units were started by a step
  std::set<std::string> checked = {};   ///< services that answered their probes
  ChangeLog* changes = nullptr;  ///< where changes are noted; null: beside, or a sandbox, or a look
  bool again = false;            ///< goes on with what an earlier try left
  std::string kept_current = {};  ///< snapshot of what was there; see keep_current.hpp
  std::string keep_in = {};       ///< store that it goes to; empty: the one that is read
};

/// Whether a restore puts things where services use them, and not beside.
[[nodiscard]] bool touches_services(const RestoreRequest& request);

/// Where a restore reads from, and by which plan it is done.
struct RestoreSource {
  Store store;
  SnapshotFilter filter = {};        ///< which snapshots `latest` means
  const plan::Plan* plan = nullptr;  ///< null: the one that is stored in the snapshot
  /// The plan that the operator gave, or null. Commands are run and units stopped and started only
  /// where it says the same as the one that the restore goes by.
  const plan::Plan* approved = nullptr;
  /// Path of the store in which what is replaced is kept first, and whose history is locked, where
  /// that is not `store` itself: another target is read. Empty: it is.
  std::string keep_in = {};
  Gates* gates = nullptr;  ///< what other hosts keep waiting; null: what they do is left to hands
};

struct RestoreReport {
  RunReport run;
  std::string kept_current = {};  ///< snapshot of what was there before
  std::string restore = {};       ///< id of its record; empty: none was kept, nothing was changed
  bool complete = false;          ///< else it is to be repeated or undone
  std::vector<std::string> kept = {};
  std::vector<std::string> checklist = {};
};

/// Restores what the request asks for, in the order of the plan's restore graph, check-snapshot
/// first: when it refuses, nothing is changed. A restore that began gives a report, however it
/// ended. Errors, before anything is changed: Usage (a name that the plan does not hold, with the
/// nearest one; an unclear snapshot), NotFound (snapshot, or a component that was asked for by name
/// and is not in it), BadInput, Refused, Busy (a backup of the same policy and host runs), Io.
[[nodiscard]] Result<RestoreReport> run_restore(World& world,
                                                const RestoreSource& source,
                                                const RestoreRequest& request,
                                                Events& events,
                                                std::stop_token stop);

/// Looks, read-only, at what run_restore would do. Errors: as run_restore, but for the lock, which
/// is a value.
[[nodiscard]] Result<PreviewReport> preview_restore(World& world,
                                                    const RestoreSource& source,
                                                    const RestoreRequest& request,
                                                    Events& events,
                                                    std::stop_token stop);

}  // namespace backstay::runtime
