// Whether an identity opens what is sealed: tried, not believed.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Seals a few bytes to recipients and opens them with an identity (a path): true where it is that
/// of one of them. Sealed bytes and identity are handed over by descriptor; nothing is written.
/// Errors: those of Sealer::open, and Credentials (the identity is absent or open to others).
[[nodiscard]] Result<bool> opens_any(CommandRunner& commands,
                                     const std::string& identity,
                                     const std::vector<std::string>& recipients,
                                     const std::stop_token& stop);

}  // namespace backstay::runtime
