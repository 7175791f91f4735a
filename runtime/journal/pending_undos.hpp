// What must be put right after a run, whatever becomes of it: one file a run,
// STATE/pending/RUN.json.
//
// Before a run does something to a machine that must not last (stops a unit, takes a node out of a
// cluster's flow control, runs a hook that has a counterpart), the way back is written here,
// durably. Once it was gone, it is taken out again. What a killed run leaves is carried out by
// `backstay recover`: by a timer, at boot, and by the next run (runtime/recover).
//
// Why no lines of the run's journal: a process that recovers writes here too, and whole files are
// never torn.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// One way back. What each kind needs and does: runtime/recover/undo_kinds.cpp. Carrying it out
/// twice is as good as once. No secrets: where one is needed, the arguments say where it is read.
struct Undo {
  std::string kind;  ///< `start-unit`, `run-hook` …
  std::vector<std::string> arguments;

  friend bool operator==(const Undo&, const Undo&) = default;
};

/// Until when a run is to have undone everything itself, and which process it is.
struct RunLimit {
  int process = 0;            ///< 0: no limit
  std::uint64_t started = 0;  ///< ticks since boot: with the number it names one process
  std::string boot = {};      ///< id of the boot that both count from
  std::int64_t over_at = 0;   ///< seconds of the steady clock
};

/// What a run left, as it was found.
struct PendingRun {
  std::string run_id = {};
  std::vector<Undo> undos = {};  ///< in the order in which they were noted
  int attempts = 0;              ///< how often carrying them out has failed
  RunLimit limit = {};
};

/// Called around what is pending: `arm` before the first undo is noted (an Error keeps the run from
/// what it was about to do), `disarm` after the last one is done.
struct UndoGuard {
  std::function<Result<void>()> arm = [] { return Result<void>(); };
  std::function<void()> disarm = [] {};
};

/// One run's. Thread-safe; what returned is durable.
class PendingUndos {
 public:
  /// Borrows `files`. Nothing is written before the first add().
  PendingUndos(Filesystem& files,
               const std::string& state_directory,
               const std::string& run_id,
               UndoGuard guard = {});

  /// Noted with the first way back.
  void set_limit(RunLimit limit);

  /// Notes a way back; the same one twice is one. Errors: the guard's; Io, NoSpace: then what it
  /// would undo must not be done.
  [[nodiscard]] Result<void> add(const Undo& undo);
  /// It was gone, or is not needed any more. One that is not there is no error. Errors: Io.
  [[nodiscard]] Result<void> done(const Undo& undo);
  [[nodiscard]] bool empty();

 private:
  [[nodiscard]] Result<void> save(const std::vector<Undo>& undos);

  Filesystem& files_;
  std::string state_directory_;
  UndoGuard guard_;
  std::mutex mutex_;
  PendingRun pending_;
  bool armed_ = false;
};

/// What is pending in a state directory, oldest run first. A file that cannot be read is an Error
/// that names it.
[[nodiscard]] Result<std::vector<PendingRun>> read_pending(Filesystem& files,
                                                           const std::string& state_directory);

/// Writes what is left of a run that is dead; nothing left removes its file. Errors: Io.
[[nodiscard]] Result<void> write_pending(Filesystem& files,
                                         const std::string& state_directory,
                                         const PendingRun& pending);

}  // namespace backstay::runtime
