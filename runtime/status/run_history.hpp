// The reports that runs left in the state directory of this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What a report says of a run as a whole.
struct PastRun {
  std::string run_id;
  std::string what;  ///< `backup`, `restore`, `drill`, `copy`
  std::string policy;
  std::string backup;
  std::string host;
  std::string started;  ///< RFC 3339, UTC
  std::string finished;
  std::string status;  ///< `failed`, `partial`, `captured`, `stored`, `verified`
  std::string snapshot;
  std::string failure;     ///< empty: none
  std::string drill = {};  ///< name of it; empty: none
  std::string copy = {};   ///< target of a copy with a schedule of its own
  bool begun = true;       ///< else it was refused before its first side effect
};

/// All reports under STATE/runs, newest first. One that cannot be read is left out: it is a cache
/// of what happened, the store is the truth. Errors: Io; no such directory is no run.
[[nodiscard]] Result<std::vector<PastRun>> read_past_runs(Filesystem& files,
                                                          const std::string& state_directory);

/// The report of a run as it was written: `latest`, `latest~N`, a whole id or a unique prefix.
/// Errors: NotFound, Usage (a prefix of several, which it names).
[[nodiscard]] Result<std::string> read_run_report(Filesystem& files,
                                                  const std::string& state_directory,
                                                  const std::string& name);

}  // namespace backstay::runtime
