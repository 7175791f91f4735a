// Writes entries of a component into a new directory of ours: content checked against its hash as
// it is written, nothing outside the directory touched, whatever the list says.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// An entry and where it goes. For a hard link whose file is not restored, `entry` is that file.
struct PlannedEntry {
  Entry entry;
  std::string place;       ///< relative to the new directory
  std::string link_place;  ///< hard links: the place of their file
};

/// What a writer needs to know.
struct TreeSource {
  Filesystem& files;
  std::string parts;  ///< directory of the component in the snapshot
  std::stop_token stop;
  std::function<void(std::uint64_t bytes, const std::string& item)> progress;
};

/// planned  directories before what they hold, links after their files
/// root     an empty directory, open; only we use it
/// Uses all cores. Errors: Verification (a hash differs, an entry is not in its pack), BadInput
/// (the list contradicts itself), NoSpace, Io, Interrupted. What was written then is the caller's
/// to remove.
[[nodiscard]] Result<void> write_tree(const TreeSource& source,
                                      const std::vector<PlannedEntry>& planned,
                                      int root,
                                      RestoreNotes& notes);

}  // namespace backstay::runtime
