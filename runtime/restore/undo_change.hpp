// The way back, and the end, of any change of a record: files here, databases by their servers.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/keep_current.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Borrows all.
struct UndoTools {
  World& world;
  const plan::Plan& plan;  ///< the restore's: its servers
  const RestoreRecord& record;
  std::stop_token stop;
  std::function<void(const std::string& note)> note;
  Events* events = nullptr;  ///< hears of the progress of an import; null where none can be due
};

/// Errors: those of the kind of change; nothing was destroyed that was there before the restore.
[[nodiscard]] Result<void> undo_change(const RecordedChange& change, const UndoTools& tools);
/// Removes what the change set aside.
[[nodiscard]] Result<void> commit_change(const RecordedChange& change, const UndoTools& tools);

/// For people: `` `/etc/nova` is what it was ``.
[[nodiscard]] std::string describe_undo(const Change& change);
/// What a commit removes, for people; empty: nothing.
[[nodiscard]] std::string set_aside_by(const Change& change);

/// Bytes of files that a restore keeps aside on this machine's disks; databases are not asked.
[[nodiscard]] std::uint64_t bytes_aside(const RecordContent& content);

/// Makes a keep-current snapshot of what is there now, before an undo discards it.
[[nodiscard]] Result<KeptCurrent> keep_before_undo(World& world,
                                                   const RestoreRecord& record,
                                                   const plan::Plan& plan,
                                                   const std::set<std::string>& without,
                                                   Events& events,
                                                   const std::stop_token& stop);

}  // namespace backstay::runtime
