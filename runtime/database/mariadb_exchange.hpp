// Puts an imported scratch database into its place, and takes it back out if something fails later.
//
// Triggers keep a table from moving to another database, and views, routines and events cannot
// move: they are saved to the restore's record and dropped first, and come back from the backup
// (or, on undo, from the record). The tables move in one RENAME TABLE, which the server does wholly
// or not at all; foreign keys move with them.
#pragma once

#include <string>
#include <vector>

#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_code.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// One database. Nothing is undone by destruction: call undo().
class DatabaseExchange {
 public:
  /// old_code  of what is there, captured before the code of any other database was dropped: a view
  /// whose ground is gone would look like one that never worked
  DatabaseExchange(const MariadbServer& server,
                   const DatabaseRestore& each,
                   CodeText old_code,
                   StepContext& context)
      : server_(&server), each_(&each), context_(&context), old_code_(std::move(old_code)) {}

  /// Saves and drops the code of what is there, moves its tables aside and the imported ones in.
  /// Errors: as MariadbServer::query(); undo() is due after each.
  Result<void> exchange();
  /// The first half of exchange() by itself: nothing is imported yet. Undone by undo().
  Result<void> set_aside();
  /// The second half. There is no undo() from here: the old tables are dropped.
  Result<void> move_in();
  /// One that a try which died has set aside; `change` is what it noted. Only move_in() and
  /// finish() follow.
  void go_on(std::size_t noted, const MariadbExchanged& change);

  [[nodiscard]] const std::vector<std::string>& old_tables() const { return old_tables_; }

  /// The exact way back, as far as exchange() came, but for views. Errors name what is left where.
  Result<void> undo();
  /// The views that undo() leaves out, as statements for the database; they may be run again.
  [[nodiscard]] std::string old_views() const;
  /// Drops the scratch database, which is empty now, and says what was kept. Call it when nothing
  /// of the server's restore can fail any more.
  Result<void> finish();

  [[nodiscard]] const DatabaseRestore& database() const { return *each_; }

 private:
  Result<void> prepare();
  Result<void> note(const std::string& old_defaults);
  Result<void> keep_code(MariadbExchanged& change);
  Result<void> drop_code();
  Result<void> move_back();
  Result<void> rename(bool old_ones, bool new_ones, bool back);

  const MariadbServer* server_;
  const DatabaseRestore* each_;
  StepContext* context_;
  bool created_ = false;  ///< the database was not there before
  bool dropped_ = false;  ///< its code was saved and dropped
  bool aside_ = false;    ///< the database for the old tables was made
  bool old_moved_ = false;
  bool new_moved_ = false;
  bool keeps_none_ = false;  ///< the old tables will not stay
  std::size_t noted_ = 0;    ///< number in the restore's record
  std::string old_defaults_;
  std::vector<std::string> old_tables_;
  CodeText old_code_;
};

}  // namespace backstay::runtime
