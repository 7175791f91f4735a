// Writes entries of a component into a new directory of ours, as they come from the file list:
// content checked against its hash as it is written, nothing outside the directory touched,
// whatever the list says.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/restore/planned_entry.hpp"
#include "runtime/restore/privileged.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What a writer needs to know.
struct TreeSource {
  Filesystem& files;
  std::string parts;  ///< directory of the component in the snapshot
  std::stop_token stop;
  std::function<void(std::uint64_t bytes, const std::string& item)> progress;
  Privileged privileged = Privileged::Granted;
};

/// Uses all cores while it takes entries. Memory grows with the number of directories and of hard
/// links only.
class TreeWriter {
 public:
  /// root  an empty directory, open; only we use it
  TreeWriter(const TreeSource& source, int root, RestoreNotes& notes);
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;
  ~TreeWriter();

  /// The next entry: directories before what they hold, links after their files. Errors:
  /// Verification (a hash differs, an entry is not in its pack), BadInput (the list contradicts
  /// itself), Refused (a privilege without leave), NoSpace, Io, Interrupted; they may be those of
  /// an earlier entry. What was written then is the caller's to remove.
  Result<void> add(PlannedEntry&& planned);
  /// Waits until all is written, and makes it durable. Errors: as add().
  Result<void> finish();

  /// Those that came, in their order.
  [[nodiscard]] const std::vector<PlannedEntry>& directories() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backstay::runtime
