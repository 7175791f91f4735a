// Names that a driver may use at its far side: what is asked for by name never leads elsewhere.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Whether they are the names of a snapshot and of files in it. Errors: Refused.
[[nodiscard]] Result<void> check_wanted(const std::string& snapshot,
                                        const std::vector<std::string>& paths);

/// Whether a copy is its writer's own, and its files have names of files. Errors: Refused.
[[nodiscard]] Result<void> check_own(const Upload& upload);

/// What bring_back() says of a copy that is not marked.
[[nodiscard]] Error not_removed(const std::string& place, const std::string& snapshot);

}  // namespace backstay::runtime
