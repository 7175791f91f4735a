// The names of a linked pack that are live in a new snapshot, collected as the file list passes
// them; compressed on the way, because a tree has many names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/part_file.hpp"

namespace backstay::runtime {

/// One thread at a time; names in the order of the file list.
class LiveNames {
 public:
  explicit LiveNames(const PartRecord& pack) : pack_(pack) {}

  void add(std::string_view path, std::uint64_t size);

  /// Links or writes `PACK.live.zst` where not all of the pack is live, and notes its live bytes.
  Result<void> finish(PartDirectory& directory);

 private:
  void flush();

  PartRecord pack_;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  Sha256 hash_;
  std::string text_;
  std::vector<std::byte> frames_;
};

/// `HASH.live.zst` of `HASH.tar.zst`.
[[nodiscard]] std::string live_names_of(std::string_view pack);

}  // namespace backstay::runtime
