// Sealing one file of a snapshot for a copy of it.
#pragma once

#include <cstdint>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/store/sealed_papers.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Whether the sealed file outlives a power cut, or is only on its way to somewhere else.
enum class Keep : std::uint8_t { Durable, Passing };

/// Seals `source/one.plain` into `into`, whose directories are there, and sets where it lies, its
/// hash and its size. What is sealed is what the commit read back and decoded: it is compared with
/// its hash before, and once more on its way. Errors: Verification, Io, those of Sealer::seal.
[[nodiscard]] Result<void> seal_file(Filesystem& files,
                                     const Sealer& sealer,
                                     const std::string& source,
                                     const std::string& into,
                                     Keep keep,
                                     SealedFile& one);

}  // namespace backstay::runtime
