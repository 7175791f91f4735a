// Where a secret of the plan comes from: a file, a credential of systemd, or a command.
#pragma once

#include <stop_token>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Reads a secret now. A credential is looked for in $CREDENTIALS_DIRECTORY, where systemd puts
/// those of the unit that runs us (systemd.exec(5), "LoadCredential="). Errors: Credentials, naming
/// the secret and what is wrong, never its content nor what a command said.
[[nodiscard]] Result<SecretFile> read_secret(const plan::Secret& secret,
                                             CommandRunner& runner,
                                             std::stop_token stop);

}  // namespace backstay::runtime
