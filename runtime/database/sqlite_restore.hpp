// Puts a SQLite file back: written beside, checked, then exchanged; the old one is kept with its
// log.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Where the file goes in this restore: its own path (through a link, if it is one), or below --to.
[[nodiscard]] std::string sqlite_destination(const plan::RestoreSqlite& action,
                                             const StepContext& context);

/// Whether that place may be used; changes nothing. Errors: Refused (a file is there, without
/// --in-place), NotFound (not in the snapshot).
[[nodiscard]] Result<void> check_sqlite_target(const plan::RestoreSqlite& action,
                                               StepContext& context);

/// Runs the step. After an error the old file is in its place.
[[nodiscard]] Result<void> restore_sqlite_file(const plan::RestoreSqlite& action,
                                               StepContext& context);

}  // namespace backstay::runtime
