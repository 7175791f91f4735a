// The passes that check_paths is made of, one file each.
#pragma once

#include "compiler/check/file_components.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// A `path` that selects nothing; an `except` or `keep` without effect; an `unprotected` path that
/// is selected all the same.
void check_path_rules(const Policy& policy,
                      const FileComponents& components,
                      lang::Diagnostics& diagnostics);
/// Two components on one host that select a common path.
void check_overlap(const Policy& policy,
                   const FileComponents& components,
                   lang::Diagnostics& diagnostics);
/// A component that selects the data directory of a running server, or a target of backups.
void check_dangerous_places(const Policy& policy,
                            const FileComponents& components,
                            lang::Diagnostics& diagnostics);
/// A `sealed-by` path that no component of the same backup selects wholly.
void check_sealed_by(const Policy& policy,
                     const FileComponents& components,
                     lang::Diagnostics& diagnostics);
/// Two services that name one database of one server.
void check_database_owners(const Policy& policy, lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
