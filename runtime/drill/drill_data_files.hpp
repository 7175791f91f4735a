// The data files of a server in a drill: prepared in the sandbox, and a scratch server started on
// them.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// What a server must be told to open prepared data files, from the options that mariadb-backup
/// noted beside them. Everything else that stands there is left out: the store may be anybody's.
[[nodiscard]] std::vector<std::string> data_file_options(std::string_view noted);

/// Prepares the files of the snapshot and starts the scratch server of that name on them. It asks
/// for no password and knows no network. Errors: as prepare_physical() and start_scratch_server();
/// ToolMissing where the server here is of another release.
[[nodiscard]] Result<void> drill_data_files(const plan::RestoreMariadbPhysical& action,
                                            StepContext& context);

}  // namespace backstay::runtime
