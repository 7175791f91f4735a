// RESTORE.txt of a sealed snapshot: the same text for all of them. What names its content is sealed
// beside it; the text says how that is opened and followed, with age, zstd, tar, dd and sha256sum.
#pragma once

#include <string>

#include "runtime/store/manifest.hpp"

namespace backstay::runtime {

[[nodiscard]] std::string sealed_sheet(const Manifest& manifest);

}  // namespace backstay::runtime
