// `inventory FILE`: where Ansible finds the hosts of the policy.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// An absolute path, or one below the policy's folder, without `./`. Not looked at: a policy means
/// the same on a machine that lacks the file. Reports what leads out of the folder (WrongType).
[[nodiscard]] std::optional<Located<std::string>> resolve_inventory(Context& context,
                                                                    const LoadedFile& entry);

}  // namespace backstay::compiler
