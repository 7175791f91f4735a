// What a drill looks at in a scratch server after an import.
#pragma once

#include "lang/base/result.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// `CHECK TABLE` of every table of the databases that a step restored, and notes them. The rows of
/// each were compared with the manifest by the import. Errors: Verification, naming the table.
[[nodiscard]] Result<void> check_drilled(const plan::RestoreMariadb& action, StepContext& context);

/// `CHECK TABLE` of every table of a server on its prepared data files, its own tables included;
/// counts their rows and notes the databases. Errors: Verification, naming the table.
[[nodiscard]] Result<void> check_drilled(const plan::RestoreMariadbPhysical& action,
                                         StepContext& context);

/// Counts the rows of every table once more, now under the database's own name.
[[nodiscard]] Result<void> check_drilled(const plan::RestorePostgresql& action,
                                         StepContext& context);

}  // namespace backstay::runtime
