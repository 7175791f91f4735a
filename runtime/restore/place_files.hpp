// A component of kind `files` back into its place, or below another directory: extract beside,
// verify all, then exchange the whole tree where all of it is ours, else entry by entry. Nothing is
// deleted.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/actions.hpp"
#include "lang/base/result.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/restore/privileged.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

struct PlaceRequest {
  plan::RestoreFiles files;
  std::vector<std::string> paths;  ///< absolute; only what is at or below one of them; empty: all
  std::string to_directory;        ///< empty: the original place
  bool in_place = false;           ///< may replace what is there; ignored with to_directory
  std::string run_id;
  bool again = false;  ///< goes on with an earlier try: what is whole already is left alone
  Privileged privileged = Privileged::Refused;
};

struct PlaceOutcome {
  std::vector<std::string> kept;   ///< absolute paths of what was set aside
  std::vector<std::string> notes;  ///< what could not be put back exactly
  std::uint64_t entries = 0;       ///< restored
};

struct PlaceTools {
  Filesystem& files;
  SnapshotReader& snapshot;
  std::stop_token stop;
  std::function<void(std::uint64_t bytes, const std::string& item)> progress;
  ChangeLog* changes = nullptr;  ///< null: a restore beside, of which no record is kept
  /// Looks at a tree that is extracted and verified, before it replaces one; may be empty. An error
  /// keeps it from its place.
  std::function<Result<void>(const std::string& staged, const std::string& place)> approve = {};
};

/// The tops that are restored: the component's path, or those of `paths` that lie below it. Empty:
/// none of `paths` touches it.
[[nodiscard]] std::vector<std::string> tops_of(const PlaceRequest& request);
/// Where a top goes.
[[nodiscard]] std::string destination_of(const PlaceRequest& request, const std::string& top);

/// Errors: Refused (the place exists and may not be replaced; a privilege without leave), NotFound
/// (a path that the snapshot does not hold), Verification, NoSpace, Io, Interrupted. After an error
/// the place is as it was, or, where it stopped between two entries, every object is either the old
/// or the new one and the old ones are kept. outcome  filled as far as it came, also after an error
[[nodiscard]] Result<void> place_files(const PlaceTools& tools,
                                       const PlaceRequest& request,
                                       PlaceOutcome& outcome);

}  // namespace backstay::runtime
