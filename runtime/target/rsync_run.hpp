// One call of rsync, watched and read.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/ssh_peer.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

struct RsyncRun {
  std::vector<std::string> options;     ///< without `-e`
  std::vector<std::string> paths = {};  ///< for `--files-from`; empty: none is given
  std::vector<std::string> places;      ///< sources and the destination
  std::string what;                     ///< for messages
};

struct RsyncOutcome {
  Exit exit;
  std::string output;
};

/// Errors: those of run_there(). How rsync ended is a value.
[[nodiscard]] Result<RsyncOutcome> run_rsync(CommandRunner& commands,
                                             const SshPeer& peer,
                                             const RsyncRun& run,
                                             const MoveProgress& progress,
                                             const std::stop_token& stop);

/// The parts by the directory that their paths are relative to: rsync takes one source at a time.
[[nodiscard]] Result<std::map<std::string, std::vector<std::string>>> by_directory(
    const std::vector<Artefact>& parts);

}  // namespace backstay::runtime
