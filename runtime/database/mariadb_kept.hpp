// Restores that have no room for the old tables: these are dropped before the import, and come back
// on undo from the snapshot that was made of them.
//
// Nothing is dropped before each of its tables was found in that snapshot with as many rows as it
// has now, out of everybody's reach; nobody writes between the count and the drop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_exchange.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// Databases of a server as a snapshot holds them, by name.
using KeptDatabases = std::map<std::string, DatabaseRestore>;

/// Errors: BadInput.
[[nodiscard]] Result<KeptDatabases> kept_databases(const SnapshotReader& snapshot,
                                                   const std::string& server);

/// Whether a dump could hold all of a database: FLOAT columns lose a digit in one, versioned tables
/// their history. Errors: Refused.
[[nodiscard]] Result<void> refuse_inexact(const DatabaseState& state);

/// Whether a try that died has begun to drop the old tables of this server: there is no way back to
/// before that but through the snapshot, so the next one goes on from there.
[[nodiscard]] bool began_to_drop(const ChangeLog& changes, const std::string& server);

/// Takes the restored tables of a database out of their place again, so that what the dead try left
/// is as it was when it had imported: its code goes, its tables are in the scratch database.
[[nodiscard]] Result<void> back_to_scratch(const MariadbServer& server,
                                           const DatabaseRestore& each);

/// Counts what was set aside against the snapshot, then drops it, noting each before. Errors:
/// Refused, before the first drop, where the snapshot holds another number of rows.
[[nodiscard]] Result<void> drop_set_aside(const MariadbServer& server,
                                          const std::vector<const DatabaseExchange*>& exchanges,
                                          StepContext& context);

/// The way back: what the restore brought goes, the old tables are imported into the place where
/// they had been set aside, and counted. Undoing the exchange takes them from there. May be
/// repeated. context.snapshot: the one that holds them. Errors: as import_databases().
[[nodiscard]] Result<void> undo_mariadb(const MariadbServer& server,
                                        const MariadbDropped& change,
                                        StepContext& context);

}  // namespace backstay::runtime
