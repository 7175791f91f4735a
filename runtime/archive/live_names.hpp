// What of a linked pack is live in a new snapshot: counted as the file list passes it, and the
// names that are dead collected, compressed on the way, because a tree may lose many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/part_file.hpp"

namespace backstay::runtime {

/// Beside a pack of which not all is live: what tar leaves out of it (`-X`), compressed.
inline constexpr const char* kDeadSuffix = ".dead.zst";

/// One thread at a time; names in the order of the file list.
class LiveNames {
 public:
  explicit LiveNames(const PartRecord& pack) : pack_(pack) {}

  /// A file of the pack that the list names, of this size.
  void add(std::uint64_t size);
  /// One that it does not name any more.
  void add_dead(std::string_view path);

  /// Links or writes `PACK.dead.zst` where not all of the pack is live, and notes its live bytes.
  /// Errors: Verification where live and dead are not all that is in it; Io, NoSpace.
  Result<void> finish(PartDirectory& directory);

 private:
  void flush();

  PartRecord pack_;
  std::uint64_t live_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t dead_ = 0;
  Sha256 hash_;
  std::string text_;
  std::vector<std::byte> frames_;
};

/// `HASH.dead.zst` of `HASH.tar.zst`.
[[nodiscard]] std::string dead_names_of(std::string_view pack);
/// `HASH.live.zst`: what earlier versions wrote instead, the names that are live, each ended by a
/// NUL.
[[nodiscard]] std::string live_names_of(std::string_view pack);

/// Appends a line that matches this name alone as an exclusion of GNU tar, anchored, with
/// wildcards, in the C locale.
void append_dead_name(std::string& out, std::string_view path);

}  // namespace backstay::runtime
