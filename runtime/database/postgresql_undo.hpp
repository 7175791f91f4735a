// The way back of what a restore changed on a PostgreSQL server: by names, so that it may be
// repeated after any kill.
#pragma once

#include <functional>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/database/postgresql.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// Drops the scratch database.
[[nodiscard]] Result<void> undo_postgresql(const PostgresServer& server,
                                           const DatabaseImported& change);
/// What is there becomes the scratch database (which undoing the import drops), and what was set
/// aside gets its name again. Ends connections to both. Errors: as PostgresServer::query();
/// Refused where neither is there.
[[nodiscard]] Result<void> undo_postgresql(const PostgresServer& server,
                                           const PostgresqlExchanged& change);
/// Roles are what they were; those that the restore made go, unless something is theirs now, which
/// `note` hears of.
[[nodiscard]] Result<void> undo_postgresql(
    const PostgresServer& server,
    const PostgresqlRoles& change,
    const std::function<Result<std::string>(const std::string& name)>& read_kept,
    const std::function<void(const std::string&)>& note);

/// Drops the database that was set aside.
[[nodiscard]] Result<void> commit_postgresql(const PostgresServer& server,
                                             const PostgresqlExchanged& change);

/// Statements that rename a database, ending the connections to it first.
[[nodiscard]] std::string rename_alone(const std::string& from, const std::string& to);

/// Bytes of a database on disk; 0 where it is not there.
[[nodiscard]] Result<std::uint64_t> postgresql_size(const PostgresServer& server,
                                                    const std::string& database);

}  // namespace backstay::runtime
