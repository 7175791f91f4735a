// Brings databases and accounts back from a snapshot without destroying anything before its
// replacement is complete: import beside, prove, exchange by one RENAME TABLE, keep the old tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/database/artefacts.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/database/mariadb_facts.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// One database on its way back.
struct DatabaseRestore {
  std::string component;
  DatabaseFacts facts;
  std::string server_version;  ///< that it was dumped from
  std::string target;   ///< its name on the server: as in the backup, plus the suffix asked for
  std::string scratch;  ///< NAME__backstay_RUN: imported into
  std::string aside;    ///< NAME__orig_RUN: where the tables that are there now go
};

/// What of a step is in the scope of this restore.
struct RestoreScope {
  std::vector<DatabaseRestore> databases;
  std::string accounts_component;  ///< empty: not in scope
  AccountsFacts accounts;
};

/// Reads it from the snapshot's manifest. Errors: NotFound where the snapshot lacks a component
/// that is in scope, BadInput for facts that cannot be read.
[[nodiscard]] Result<RestoreScope> restore_scope(const plan::RestoreMariadb& action,
                                                 StepContext& context);

/// Opens the server of a restore step.
[[nodiscard]] Result<MariadbServer> open_restore_server(const plan::RestoreMariadb& action,
                                                        StepContext& context);

/// Whether the places of this step may be used; changes nothing. For check-snapshot, and once more
/// when the step runs. Nothing to check with --to. Errors: Refused (a database that is not empty,
/// an account that differs, without --in-place; a Galera cluster, foreign keys across databases
/// with it; names of this run that are taken), ToolMissing (no answer, max_allowed_packet too
/// small), Credentials.
[[nodiscard]] Result<void> check_restore_targets(const plan::RestoreMariadb& action,
                                                 StepContext& context);

/// Runs the whole step. After an error the server is as it was, or the message names what is not.
[[nodiscard]] Result<void> restore_databases(const plan::RestoreMariadb& action,
                                             StepContext& context);

/// Writes the dumps of the scope as plain files COMPONENT.STREAM into `directory`.
[[nodiscard]] Result<void> extract_dumps(const RestoreScope& scope,
                                         const std::string& directory,
                                         StepContext& context);

}  // namespace backstay::runtime
