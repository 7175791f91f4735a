// What a restore entry by entry is about to do, entry by entry: written into the record before the
// first of them, so that an undo puts back exactly these and a commit removes exactly what of these
// was set aside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/restore/change.hpp"

namespace backstay::runtime {

/// What of a directory changes without it being replaced.
struct DirectoryMetadata {
  std::uint32_t mode = 0;  ///< the lower 12 bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;
  std::uint32_t mtime_ns = 0;
  std::vector<ExtendedAttribute> attributes = {};  ///< as the kernel gives them, ACLs among them
};

enum class MergeAction : std::uint8_t {
  Replaced,   ///< the old one lies aside, a new one in its place
  Surplus,    ///< the old one lies aside, nothing in its place
  Created,    ///< nothing was there; `fresh` is now
  Directory,  ///< kept, with other metadata; `directory` says the old
};

struct MergeEntry {
  MergeAction action = MergeAction::Replaced;
  std::string path = {};  ///< in the tree; empty: its top
  FileIdentity fresh = {};
  DirectoryMetadata directory = {};
};

[[nodiscard]] std::string to_text(const std::vector<MergeEntry>& entries);
/// Errors: BadInput.
[[nodiscard]] Result<std::vector<MergeEntry>> parse_merge_list(std::string_view text);

/// Reads what an undo needs of an open directory, and puts it back. An attribute that we may not
/// read or set is left out.
[[nodiscard]] Result<DirectoryMetadata> read_directory_metadata(int descriptor);
[[nodiscard]] Result<void> put_directory_metadata(int descriptor,
                                                  const DirectoryMetadata& metadata);

}  // namespace backstay::runtime
