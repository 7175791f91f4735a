// The secret by which a host finds segments of earlier runs again.
#pragma once

#include <string>

#include "lang/base/keyed_hash.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The key of PartDirectory::tag(), from `segment-key` in the directory of what runs remember
/// (0600); made where it is missing or broken, and then no segment of an earlier run is found.
/// Errors: it cannot be written.
///
/// Why a secret: who could make two contents of one tag could have a segment of somebody else
/// linked where his own belongs. Nobody but the host's root can read it, and a run without it costs
/// space.
[[nodiscard]] Result<HashKey> segment_key(Filesystem& files, const std::string& directory);

}  // namespace backstay::runtime
