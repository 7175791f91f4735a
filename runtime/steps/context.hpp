// What a step may use: the borders, the plan, the snapshot in the making or the one to read.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

class PendingUndos;    // runtime/journal/pending_undos.hpp: the way back, should the run die
class StoppedUnits;    // runtime/journal/stopped_units.hpp: what this run stopped
class Staging;         // runtime/store/staging.hpp: the snapshot in the making
class SnapshotReader;  // runtime/store/snapshot_reader.hpp: a committed one
struct RestoreRun;     // runtime/restore/restore.hpp: where things go in this restore
struct DrillRun;       // runtime/drill/drill_run.hpp: sandbox, servers and findings of a drill

/// The borders. Real ones in the program, others in tests.
struct World {
  Clock& clock;
  Filesystem& files;
  CommandRunner& commands;
  Directories directories;
};

/// Handed to every step. The pointers are there in the graphs that need them.
struct StepContext {
  World& world;
  const plan::Plan& plan;
  const plan::Backup& backup;
  const plan::Step& step;
  std::string run_id;
  std::stop_token stop;
  Events& events;
  Staging* staging = nullptr;          ///< backup
  SnapshotReader* snapshot = nullptr;  ///< restore
  RestoreRun* restore = nullptr;       ///< restore
  DrillRun* drill = nullptr;           ///< drill
  StoppedUnits* stopped = nullptr;     ///< in a real run
  PendingUndos* undos = nullptr;       ///< in a backup that is no dry run
};

/// A line of a dry run.
struct PreviewLine {
  bool problem = false;  ///< the real run could not do this
  bool unknown = false;  ///< cannot be known before the run: shown as `?`
  std::string text;
  std::string facts = {};  ///< the same as a JSON object, for machines; empty: the text is all
};

using Preview = std::vector<PreviewLine>;

}  // namespace backstay::runtime
