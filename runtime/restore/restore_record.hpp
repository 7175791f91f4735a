// The record of a restore, STATE/restores/RUN: what it was, every change that it made, how far it
// came. From it a killed restore goes on, `--undo` puts everything back and `--commit` removes what
// was set aside.
//
//   restore.json   what was asked for, written once, before the first change
//   plan.yaml      the plan that it goes by: units and servers of an undo are those of the restore
//   record.jsonl   changes and events, one durable line each, in order; locked by whoever works on
//   it incomplete     there as long as units must not start on half a restore (unit_guard.hpp) …
//   what changes keep: lists of entries, code of databases, accounts
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Which restore it is. Two with the same `snapshot`, `plan_digest` and `scope` are the same one,
/// so the second goes on with what the first left.
struct RestoreHeader {
  std::string id = {};  ///< the run that began it; its name for people: `--undo ID`
  std::uint64_t sequence =
      0;  ///< rising on this machine, given by begin(): names tell seconds only
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string store = {};     ///< path
  std::string snapshot = {};  ///< a whole id: `latest` is bound when the restore begins
  std::string plan_digest = {};
  std::string scope = {};    ///< the request in canonical words
  std::string started = {};  ///< RFC 3339
  std::set<std::string> components = {};
  std::vector<std::string> paths = {};  ///< of the scope; empty: all
  std::set<std::string> approved = {};  ///< ids of steps that may run commands and touch units
};

/// How far a restore came; what follows from it.
enum class RestoreState : std::uint8_t {
  Incomplete,  ///< begun, not finished: repeat it or undo it
  Finished,    ///< whole: undo it or commit it
  Undoing,     ///< an undo was begun: repeat the undo
  Undone,
  Committing,  ///< things that were set aside are going: repeat the commit
  Committed,
};

[[nodiscard]] std::string_view to_string(RestoreState state);

/// What happened besides changes. In the file: these words in lower case.
enum class RestoreEvent : std::uint8_t {
  Attempt,      ///< detail: the run that works on it now
  UnitHeld,     ///< detail: a unit that was active and is stopped by the restore
  UnitGuarded,  ///< detail: a unit whose drop-in is about to be written
  Starting,     ///< units are about to start: what they write from now on an undo would lose
  KeptCurrent,  ///< detail: the snapshot of what was there before; `nothing` on a blank machine
  Finished,
  Undoing,  ///< detail: the snapshot of what the undo discards; empty: none yet
  Undone,
  Committing,
  Committed,
  UnitWas,  ///< detail: `enabled nova-api.service`: its state at boot, which is about to change
};

[[nodiscard]] std::string_view to_string(RestoreEvent event);

/// A record as it was read.
struct RecordContent {
  RestoreHeader header = {};
  RestoreState state = RestoreState::Incomplete;
  std::vector<RecordedChange> changes = {};
  std::vector<std::string> held = {};     ///< units, in the order of stopping: start them backwards
  std::vector<std::string> guarded = {};  ///< units, sorted
  /// Units whose state at boot changed: what it was. The first word of each is the state.
  std::vector<std::string> was = {};
  std::vector<std::string> attempts = {};
  std::string kept_current = {};      ///< a snapshot, `nothing`, or empty: none was made
  std::string kept_before_undo = {};  ///< likewise, of what an undo discards
  bool starting = false;              ///< units were started, or may have been
  std::string ended = {};             ///< when the last event came; RFC 3339

  /// Whether something is left that an undo would put back or a commit remove.
  [[nodiscard]] bool changed() const;
  /// Neither committed nor undone.
  [[nodiscard]] bool open() const;
};

/// One restore's record, held by us alone. Thread-safe but for content() and changes(), which are
/// read while nobody writes.
class RestoreRecord final : public ChangeLog {
 public:
  /// Makes STATE/restores/ID, durably, with the marker `incomplete`. Errors: Io, NoSpace.
  [[nodiscard]] static Result<std::unique_ptr<RestoreRecord>> begin(
      Filesystem& files,
      Clock& clock,
      const std::string& state_directory,
      RestoreHeader header,
      const std::string& plan_yaml);
  /// Opens one to go on with it. Errors: NotFound, Busy (somebody works on it), BadInput, Io.
  [[nodiscard]] static Result<std::unique_ptr<RestoreRecord>> open(
      Filesystem& files, Clock& clock, const std::string& state_directory, const std::string& id);

  Result<std::size_t> about_to(const Change& change) override;
  Result<void> made(std::size_t number) override;
  Result<void> taken_back(std::size_t number) override;
  [[nodiscard]] Result<std::string> read_kept(const std::string& name) const override;

  [[nodiscard]] const std::vector<RecordedChange>& changes() const override {
    return content_.changes;
  }

  Result<std::string> keep(const std::string& name, std::string_view text) override;
  /// Errors: Io, NoSpace: then what it would announce must not be done.
  [[nodiscard]] Result<void> note(RestoreEvent event, const std::string& detail = {});

  [[nodiscard]] const RecordContent& content() const { return content_; }

  [[nodiscard]] const std::string& directory() const { return directory_; }

  [[nodiscard]] Result<std::string> plan_yaml() const;

  /// STATE/restores/ID/incomplete.
  [[nodiscard]] std::string marker() const { return directory_ + "/incomplete"; }

  /// Makes the marker or removes it, durably. Either may be repeated.
  [[nodiscard]] Result<void> set_incomplete(bool incomplete);
  /// Removes the whole record: nothing was changed.
  [[nodiscard]] Result<void> forget();

 private:
  RestoreRecord(Filesystem& files, Clock& clock, std::string directory)
      : files_(files), clock_(clock), directory_(std::move(directory)) {}

  Result<void> append(const std::string& json);
  Result<void> mark(std::size_t number, ChangeState state);

  Filesystem& files_;
  Clock& clock_;
  std::string directory_;
  std::mutex mutex_;  ///< of what follows: a line has its number from those before it
  std::unique_ptr<File> file_;
  RecordContent content_;
};

/// All records of this machine, newest first. One that cannot be read is left out of the answer and
/// named in `problems`. No directory is no record.
[[nodiscard]] std::vector<RecordContent> read_restores(
    Filesystem& files,
    const std::string& state_directory,
    std::vector<std::string>* problems = nullptr);

/// The restore that `latest`, a whole id or a unique prefix means. Errors: NotFound, Usage.
[[nodiscard]] Result<RecordContent> find_restore(Filesystem& files,
                                                 const std::string& state_directory,
                                                 const std::string& name);

}  // namespace backstay::runtime
