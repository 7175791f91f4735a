// One current copy of a tree on another machine or disk: add-only, and what vanished here goes
// there only after a grace (language.md, section 4).
//
// There, below TARGET/mirrors/POLICY@HOST/SERVICE/PATH:
//   current/    the files, by their names; modes 0600 and 0700
//   sheet       every entry with owner, mode, times and SHA-256, and since when a file is gone here
//   replaced/   what a changed file was before, by the time of the run that replaced it
// The sheet is written last and in one rename: it describes what was proven to lie in current/.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/mirror/far_place.hpp"
#include "runtime/mirror/tree_sheet.hpp"

namespace backstay::runtime {

/// How long what vanished or was replaced here stays there; as the plan's text says it.
inline constexpr std::chrono::days kMirrorGrace{7};

struct MirrorRequest {
  std::string policy;
  std::string host;
  std::string service;
  std::string path;     ///< absolute, here
  std::string memory;   ///< file of the state directory
  bool removes = true;  ///< false: the policy says that this host deletes nothing there
};

/// Where a mirror is below a target's directory.
[[nodiscard]] std::string mirror_directory(const FarPlace& place, const MirrorRequest& request);

/// What a run would do, or did.
struct MirrorOutcome {
  std::uint64_t files = 0;  ///< in the source
  std::uint64_t new_files = 0;
  std::uint64_t new_bytes = 0;
  std::uint64_t moved_bytes = 0;
  std::uint64_t proven = 0;                   ///< files whose hash was asked there
  std::vector<std::string> gone;              ///< no longer here, and kept there for now
  std::vector<std::string> removed;           ///< taken away there, their grace being over
  std::vector<std::string> replaced_removed;  ///< directories of replaced/ that went
  std::vector<std::string> warnings;
};

/// Looks and changes nothing: what mirror_tree() would do now. Errors as of it.
[[nodiscard]] Result<MirrorOutcome> preview_mirror(World& world,
                                                   const FarPlace& place,
                                                   const MirrorRequest& request,
                                                   const std::stop_token& stop);

/// Brings the mirror up to date and proves it: each new or changed file, and of the others those
/// whose turn it is, so that all are within thirty days. Errors: Refused (an empty source while
/// there are files there, a mirror that is gone: a disk that is not mounted), Verification, and
/// those of the connection. What was moved stays, and the next run moves the rest.
[[nodiscard]] Result<MirrorOutcome> mirror_tree(World& world,
                                                const FarPlace& place,
                                                const MirrorRequest& request,
                                                const MoveProgress& progress,
                                                const std::stop_token& stop);

/// The sheet of a mirror as it lies there. Errors: NotFound where there is none.
[[nodiscard]] Result<TreeSheet> read_mirror_sheet(const FarPlace& place,
                                                  const MirrorRequest& request,
                                                  const std::stop_token& stop);

}  // namespace backstay::runtime
