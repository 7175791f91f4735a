// Imports one database's rows into its scratch database and proves that all of them arrived.
#pragma once

#include "runtime/database/mariadb_restore.hpp"

namespace backstay::runtime {

/// Makes `each.scratch`, imports the rows there, and compares tables and exact row counts with the
/// manifest. Errors: Verification (a damaged stream, a table or a row too few or too many),
/// ToolFailed (the client); the scratch database is left to the caller to drop.
[[nodiscard]] Result<void> import_rows(const MariadbServer& server,
                                       const DatabaseRestore& each,
                                       StepContext& context);

}  // namespace backstay::runtime
