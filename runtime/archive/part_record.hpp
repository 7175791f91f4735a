// What is known of a part of a snapshot: how it is read back, and what came out last time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/keyed_hash.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::runtime {

/// How a part is read back and what must come out.
enum class PartCheck : std::uint8_t {
  Tar,    ///< frames of a tar archive, walked from member to member; `plain` is not compared
  Plain,  ///< frames of something else; no segment: `plain` is the SHA-256 of the decoded bytes
  Raw,    ///< not compressed: `plain` is the hash of the bytes themselves
};

/// The endings of the names of parts.
inline constexpr const char* kPackSuffix = ".tar.zst";
inline constexpr const char* kSegmentSuffix = ".zst";
/// The list of the segments of a stream or a large file.
inline constexpr const char* kPartsSuffix = ".parts";
/// Beside a pack of which not all is live: the live names, each ended by a NUL, compressed.
inline constexpr const char* kLiveSuffix = ".live.zst";

/// What the name of a file in the store ends with where it is sealed.
inline constexpr const char* kSealedSuffix = ".age";

/// A finished, durable part.
struct PartRecord {
  std::string
      path;  ///< below the directory of the component: `HASH.tar.zst`, `list/000001.jsonl.zst`
  std::uint64_t stored_size = 0;
  Digest stored{};
  PartCheck check = PartCheck::Raw;
  Digest plain{};             ///< of a segment its tag, see PartDirectory::tag()
  bool segment = false;       ///< counts only when a finished stream uses it
  std::uint64_t members = 0;  ///< packs: how many files, and their bytes
  std::uint64_t content = 0;
  std::uint64_t live = 0;    ///< packs: bytes of those files that this snapshot uses
  bool linked = false;       ///< another snapshot had it; not written by this run
  std::int64_t checked = 0;  ///< day (since 1970) of the last comparison with `stored`
  bool sealed = false;       ///< stored under its name and `.age`; `check` is of what is inside
  /// Of a part that this process wrote: what reads it back compares its stored bytes by this hash,
  /// whose key is process_hash_key().
  std::optional<KeyedDigest> written = {};
  /// Of a sealed list of segments: its lines, because we cannot read it again.
  std::vector<std::string> segments = {};

  /// The name of its file.
  [[nodiscard]] std::string stored_name() const { return path + (sealed ? kSealedSuffix : ""); }

  friend bool operator==(const PartRecord&, const PartRecord&) = default;
};

}  // namespace backstay::runtime
