// Brings databases and roles back from a snapshot without destroying anything before its
// replacement is complete: import beside, count, exchange by two renames, keep the old database.
#pragma once

#include <string>
#include <vector>

#include "runtime/database/postgresql_facts.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// One database on its way back.
struct PostgresRestore {
  std::string component;
  PostgresFacts facts;
  std::string target;   ///< its name on the server: as in the backup, plus the suffix asked for
  std::string scratch;  ///< NAME__backstay_RUN: imported into
  std::string aside;    ///< NAME__orig_RUN: what the present one is renamed to
};

/// What of a step is in the scope of this restore.
struct PostgresScope {
  std::vector<PostgresRestore> databases;
  std::string globals_component;  ///< empty: not in scope
  GlobalsFacts globals;
};

/// Reads it from the snapshot's manifest. Errors: NotFound where the snapshot lacks a component
/// that is in scope, BadInput for facts that cannot be read.
[[nodiscard]] Result<PostgresScope> postgres_scope(const plan::RestorePostgresql& action,
                                                   StepContext& context);

/// Opens the server of a restore step.
[[nodiscard]] Result<PostgresServer> open_postgres(const std::string& name, StepContext& context);

/// Whether the places of this step may be used; changes nothing. Nothing to check with --to.
/// Errors: Refused (a database that is not empty without --in-place, names of this run that are
/// taken), ToolMissing (no answer, an older server), Credentials.
[[nodiscard]] Result<void> check_postgres_targets(const plan::RestorePostgresql& action,
                                                  StepContext& context);

/// Runs the whole step. After an error the databases are as they were, or the message names what
/// is not; roles that were added stay.
[[nodiscard]] Result<void> restore_postgres(const plan::RestorePostgresql& action,
                                            StepContext& context);

}  // namespace backstay::runtime
