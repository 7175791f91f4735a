// Reading one part back: every stored byte is compared, every frame decoded, every member looked
// at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/archive/part_record.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// SHA-256 and size of the stored bytes of a file.
struct StoredDigest {
  Digest sha256{};
  std::uint64_t size = 0;
};

/// Decodes a part, wherever it lies: each frame has the checksum of its content, a tar is walked,
/// and what is neither that nor a segment is compared with `expected.plain`. Errors: Verification,
/// Io.
[[nodiscard]] Result<void> check_decodes(std::unique_ptr<File> file, const PartRecord& expected);

/// Whether the pages of what was just written are dropped first, so that the bytes come from the
/// device.
enum class ReadFrom : std::uint8_t { Cache, Device };

/// Of a sealed part the stored bytes only: nobody here can read more.
/// directory  of the component. Errors: Verification, naming the part and what differs; Io.
[[nodiscard]] Result<void> check_part(Filesystem& files,
                                      const std::string& directory,
                                      const PartRecord& expected,
                                      ReadFrom from);

/// SHA-256 and size of a file's bytes.
[[nodiscard]] Result<StoredDigest> hash_stored(Filesystem& files,
                                               const std::string& path,
                                               ReadFrom from = ReadFrom::Cache);

}  // namespace backstay::runtime
