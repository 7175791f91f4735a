// The append-only record of a run: one JSON line a transition, in STATE/journal/RUN.jsonl.
//
// Durable by group commit: an append returns once its line is on the device, at most one fsync is
// under way, and lines that came meanwhile share the next one. What need not be durable at once is
// noted: written, so that it outlives the process, and synced with what comes later. The file is
// locked as long as the run lives, so that another process can tell a run that goes on from one
// that crashed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What happened. The names in the file are these words in lower case.
enum class JournalEvent : std::uint8_t {
  Begun,     ///< detail: the plan's digest
  Due,       ///< of a step: it may begin from now on; always durable before it does
  Started,   ///< of a step, as those that follow
  Done,      ///< a step that neither captures, stores nor verifies
  Produced,  ///< a capture is complete in the staging
  Partial,
  Stored,  ///< the commit
  Verified,
  Failed,
  Skipped,
  Undone,
  Committed,    ///< detail: the snapshot
  Ended,        ///< detail: the status of the run
  UnitStopped,  ///< detail: a unit that is about to be stopped
  UnitHeld,     ///< the same for a restore: it stays down
  UnitStarted,  ///< detail: a stopped unit that runs again
};

[[nodiscard]] std::string_view to_string(JournalEvent event);

struct JournalRecord {
  JournalEvent event = JournalEvent::Begun;
  std::string step = {};  ///< empty for the run itself
  std::string detail = {};
};

/// One run's journal. Thread-safe.
class Journal {
 public:
  /// Makes STATE/journal and RUN.jsonl in it. Errors: Io, NoSpace; there must not be one yet.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(Filesystem& files,
                                                             Clock& clock,
                                                             const std::string& state_directory,
                                                             const std::string& run_id);

  /// Returns when the record is durable. After the first failure every append fails with that
  /// error: what is behind a hole proves nothing.
  [[nodiscard]] Result<void> append(const JournalRecord& record);
  /// The same for several, which become durable together. None: nothing is done.
  [[nodiscard]] Result<void> append_all(const std::vector<JournalRecord>& records);
  /// Returns when they are written; a power cut may take them until sync() has returned. In one
  /// order with what is appended.
  [[nodiscard]] Result<void> note(const std::vector<JournalRecord>& records);
  /// Returns when all that was noted before is durable. Nothing new: nothing is done.
  [[nodiscard]] Result<void> sync();

 private:
  Journal(std::unique_ptr<File> file, Clock& clock) : file_(std::move(file)), clock_(clock) {}

  std::unique_ptr<File> file_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable synced_;
  std::uint64_t written_ = 0;  // lines
  std::uint64_t durable_ = 0;  // of them
  bool syncing_ = false;
  std::optional<Error> failure_;
};

/// A journal as it was found.
struct JournalContent {
  std::string run_id = {};
  std::string plan_digest = {};
  std::string began = {};  ///< RFC 3339; empty where not even the first line is whole
  std::vector<JournalRecord> records = {};
  bool torn = false;  ///< the last line was cut off, and left out
  bool ended = false;

  /// Steps that started and have no end.
  [[nodiscard]] std::vector<std::string> open_steps() const;
  /// Steps that were due and neither started nor ended. After a power cut they may have begun.
  [[nodiscard]] std::vector<std::string> due_steps() const;
};

/// Reads a journal; a torn last line is no error. Errors: Io, BadInput for a bad line before the
/// last.
[[nodiscard]] Result<JournalContent> read_journal(Filesystem& files, const std::string& path);

/// Whether the process of a run still lives, on this machine.
[[nodiscard]] bool run_is_alive(Filesystem& files,
                                const std::string& state_directory,
                                const std::string& run_id);

/// The runs of STATE/journal that have no report in STATE/runs, do not end and are not alive.
[[nodiscard]] std::vector<JournalContent> find_crashed_runs(Filesystem& files,
                                                            const std::string& state_directory);

}  // namespace backstay::runtime
