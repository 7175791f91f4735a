// Puts prepared data files into a server's place: whole, with the server stopped, the old ones kept
// beside.
#pragma once

#include <string>

#include <sys/types.h>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Whether the data directory of this step may be replaced; changes nothing. Errors: Refused (no
/// `datadir`; one that is not empty, without --in-place; a mount point; a scope narrower than the
/// server; a server that runs and that nobody may stop), ToolMissing (another release), NotFound.
[[nodiscard]] Result<void> check_physical_target(const plan::RestoreMariadbPhysical& action,
                                                 StepContext& context);

/// Runs the step: prepares beside, stops the server's units, exchanges, starts what was active.
/// With --to the prepared directory stays there, for a server started by hand.
[[nodiscard]] Result<void> restore_physical(const plan::RestoreMariadbPhysical& action,
                                            StepContext& context);

/// Whether a server has the files open: InnoDB locks its first one.
[[nodiscard]] bool is_served(const std::string& datadir);

/// All of a tree to one owner; as another account than root, what cannot be given stays ours.
/// Errors: Io.
[[nodiscard]] Result<void> give_tree(const std::string& directory, uid_t user, gid_t group);

/// `/var/lib/mysql`, or where --to puts it.
[[nodiscard]] std::string physical_place(const plan::RestoreMariadbPhysical& action,
                                         const StepContext& context);

}  // namespace backstay::runtime
