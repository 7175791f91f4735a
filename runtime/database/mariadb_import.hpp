// Imports rows into scratch databases, several streams at once, and proves that all of them
// arrived.
//
// The server's own work for an INSERT is most of an import, and one session is one thread there: so
// as many sessions as there are processors, the largest databases first. Each stream is a whole
// import by itself (foreign keys are not checked meanwhile).
#pragma once

#include <vector>

#include "runtime/database/mariadb_restore.hpp"

namespace backstay::runtime {

/// Makes each scratch database, imports its rows there, and compares tables and exact row counts
/// with the manifest. Errors: Verification (a damaged stream, a table or a row too few or too
/// many), ToolFailed (the client); the scratch databases are left to the caller to drop: `begun` of
/// them, from the front, may be there.
[[nodiscard]] Result<void> import_databases(const MariadbServer& server,
                                            const std::vector<DatabaseRestore>& databases,
                                            StepContext& context,
                                            std::size_t& begun);

/// Whether the database `each.scratch` holds exactly the tables of the manifest, each with its
/// number of rows. Errors: Verification, as MariadbServer::query().
[[nodiscard]] Result<void> compare_with_manifest(const MariadbServer& server,
                                                 const DatabaseRestore& each);

}  // namespace backstay::runtime
