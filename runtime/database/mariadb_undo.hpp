// The way back of what a restore changed on a MariaDB server, from the restore's record and from
// what the server holds now: mirror image of mariadb_exchange, at any later time, after any kill.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// Reads a file that a change keeps in the record.
using ReadKept = std::function<Result<std::string>(const std::string& name)>;

/// Drops the scratch database. Its tables are copies: the snapshot's, or after an undo what the
/// restore had brought.
[[nodiscard]] Result<void> undo_mariadb(const MariadbServer& server,
                                        const DatabaseImported& change);
/// The old tables come back from the database that they were set aside in, by one RENAME TABLE;
/// what is there instead goes to the scratch database, which undoing the import drops. Then the
/// character set, routines, triggers, events and views. Errors: as MariadbServer::query().
[[nodiscard]] Result<void> undo_mariadb(const MariadbServer& server,
                                        const MariadbExchanged& change,
                                        const ReadKept& read_kept);
/// The views of databases that are back, in passes: they may name each other. Errors: as feed().
[[nodiscard]] Result<void> put_views(const MariadbServer& server,
                                     const std::map<std::string, std::string>& sql_of_databases);
/// Of changes that are undone. What undo_mariadb() of an exchange leaves out.
[[nodiscard]] Result<void> undo_mariadb_views(const MariadbServer& server,
                                              const std::vector<MariadbExchanged>& changes,
                                              const ReadKept& read_kept);
/// Accounts and roles that the restore made go, those that it corrected are what they were, grants
/// likewise. What others changed since stays.
[[nodiscard]] Result<void> undo_mariadb(const MariadbServer& server,
                                        const MariadbAccounts& change,
                                        const ReadKept& read_kept);

/// Drops the old tables that were set aside, and their database if nothing else is in it. `note`
/// hears of what stays.
[[nodiscard]] Result<void> commit_mariadb(const MariadbServer& server,
                                          const MariadbExchanged& change,
                                          const std::function<void(const std::string&)>& note);

/// Statements that make accounts, roles and grants `before` again where they are `now`; of what is
/// new, only what `restored` has is taken away. All three are accounts.sql texts.
[[nodiscard]] std::string accounts_back(const std::string& before,
                                        const std::string& now,
                                        const std::string& restored);

/// Bytes of the tables of a database, by the server's estimate.
[[nodiscard]] Result<std::uint64_t> mariadb_size(const MariadbServer& server,
                                                 const std::string& database);

}  // namespace backstay::runtime
