// What lies at a remote of the files of a copy: by the hash that the server has of them, or read
// back.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/target/content_hashes.hpp"
#include "runtime/target/rclone_command.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Where the bytes of a file of a snapshot lie, relative to its writer: all below `data/` in the
/// pool, under their hash; the rest under their names.
[[nodiscard]] std::string key_of(const std::string& snapshot,
                                 const std::string& path,
                                 const Digest& sha256);

/// Looks at artefacts of an upload. there: key → size, as it was listed. Read back is what the
/// server has no hash of, what nobody here knows the right one of, and what has another one. A hash
/// is asked of all of them, listed or not: a listing may be older than what it lists.
/// Errors: those of Rclone; Verification, where what lies here is not what it must be.
[[nodiscard]] Result<CopyEvidence> look_at(Rclone& rclone,
                                           ContentHashes& hashes,
                                           const Upload& upload,
                                           const std::vector<Artefact>& artefacts,
                                           const std::map<std::string, std::uint64_t>& there,
                                           const std::stop_token& stop);

}  // namespace backstay::runtime
