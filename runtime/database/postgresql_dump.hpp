// Databases and roles of one PostgreSQL server into a snapshot.
//
// Each database is one archive of pg_dump and one instant of its own: PostgreSQL has no snapshot
// across databases. A dump counts when pg_dump ended well *and* pg_restore decoded all of it while
// it was written; the rows that it found go into the manifest.
#pragma once

#include <string>
#include <vector>

#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// A database to dump, and the component that it is kept as.
struct PostgresDumpTarget {
  std::string component;
  PostgresDatabaseState state;
};

/// What there is to dump.
struct PostgresProspect {
  std::string version;
  std::vector<PostgresDumpTarget> targets;
  std::vector<plan::DatabaseComponent> missing;  ///< named, but not on the server
};

/// Looks at the server. Errors: NotFound (no database at all for `all`), ToolMissing, Credentials.
[[nodiscard]] Result<PostgresProspect> find_postgres_targets(const plan::DumpPostgresql& action,
                                                             const PostgresServer& server);

/// Dumps everything and marks the components complete. What fails is left incomplete; the first
/// Error is returned after the others were tried.
[[nodiscard]] Result<void> dump_postgres(const plan::DumpPostgresql& action,
                                         const PostgresServer& server,
                                         StepContext& context);

}  // namespace backstay::runtime
