// Reading one part back: every stored byte is hashed, every frame decoded, every member looked at.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/archive/part_file.hpp"

namespace backstay::runtime {

/// Whether the pages of what was just written are dropped first, so that the bytes come from the
/// device.
enum class ReadFrom : std::uint8_t { Cache, Device };

/// directory  of the component. Errors: Verification, naming the part and what differs; Io.
[[nodiscard]] Result<void> check_part(Filesystem& files,
                                      const std::string& directory,
                                      const PartRecord& expected,
                                      ReadFrom from);

/// SHA-256 and size of the stored bytes of a file.
struct StoredDigest {
  Digest sha256{};
  std::uint64_t size = 0;
};

[[nodiscard]] Result<StoredDigest> hash_stored(Filesystem& files,
                                               const std::string& path,
                                               ReadFrom from = ReadFrom::Cache);

}  // namespace backstay::runtime
