// A database server's configuration, tried before a restore puts it into its place: a server that
// does not start brings no database back.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// The MariaDB server that the step `context.step` restores the configuration of: the one that is
/// restarted behind it; null where there is none.
[[nodiscard]] const plan::Server* configured_server(const StepContext& context);

/// Has the server's own program read all its option files, with `staged` in the place of `place`:
/// `mariadbd --help --verbose` in a mount namespace of its own, which starts nothing. Nothing is
/// tried where the program is not installed, or a namespace is not to be had. Errors: Verification,
/// with what the server says.
[[nodiscard]] Result<void> check_mariadb_config(const std::string& staged,
                                                const std::string& place,
                                                StepContext& context);

}  // namespace backstay::runtime
