// Files of the configuration that decide whom to believe: nobody else may change or replace them.
#pragma once

#include <cstdint>
#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Whether a regular file is there, of root or of ourselves, without the `forbidden` bits in its
/// mode, in a directory that only root or we can write to. False: it is not there. Errors: Refused
/// with what is wrong with it, Io.
[[nodiscard]] Result<bool> is_there_and_safe(const std::string& path, std::uint32_t forbidden);

}  // namespace backstay::runtime
