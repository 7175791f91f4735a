// One host's part in a run of several hosts, as files: how a call from outside and the run that it
// began speak with each other.
//
// STATE/sets/SET/WHAT@HOST/
//   gate.json      by the callers: how far the run may go, and what ended well on other hosts;
//   gone:
//                  given up (taking it away needs no room on a full disk)
//   progress.json  by the run: how its steps ended so far; locked directory: the run lives
//   report.json    what the run printed in the end
//   messages.log   what it said meanwhile
//   exit           its exit code; written last
//
// Why files and no socket: they outlive both sides, and a call can be repeated.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What all hosts of one run have in common. `set` names it.
struct Part {
  std::string set;   ///< letters, digits and `-`; see check_set_name()
  std::string what;  ///< `backup`, `restore` or `drill`
  std::string host;  ///< name in the plan
};

/// Errors: Usage. A name becomes that of a directory.
[[nodiscard]] Result<void> check_set_name(const std::string& name);

[[nodiscard]] std::string part_directory(const std::string& state_directory, const Part& part);

/// What callers say.
struct GateFile {
  std::size_t open = 0;                 ///< the last phase whose steps may start, from 0
  std::vector<std::string> hosts = {};  ///< those that take part; empty: all of the plan
  std::vector<std::string> done = {};   ///< steps of other hosts that ended well
  bool release = false;                 ///< give up: only what undoes something runs yet

  friend bool operator==(const GateFile&, const GateFile&) = default;
};

/// How a run stands. Steps by id.
struct PartProgress {
  std::map<std::string, StepState> steps;  ///< those that ended
  std::vector<std::string> left_out;       ///< of its host, but out of the scope of this restore
};

/// How a run ended.
struct PartEnd {
  int exit = 0;
  std::string report;  ///< JSON of a run report; empty where the run never began
  std::string messages;
};

[[nodiscard]] Result<void> write_gate(Filesystem& files,
                                      const std::string& directory,
                                      const GateFile& gate);
/// Errors: NotFound, BadInput.
[[nodiscard]] Result<GateFile> read_gate(Filesystem& files, const std::string& directory);
/// `{"hosts": […], "done": […]}`, as a controller says it. Errors: BadInput.
[[nodiscard]] Result<GateFile> parse_elsewhere(const std::string& text);

[[nodiscard]] Result<void> write_progress(Filesystem& files,
                                          const std::string& directory,
                                          const PartProgress& progress);
[[nodiscard]] Result<PartProgress> read_progress(Filesystem& files, const std::string& directory);

[[nodiscard]] Result<void> write_exit(Filesystem& files, const std::string& directory, int code);
/// Nothing: it has not ended.
[[nodiscard]] std::optional<PartEnd> read_end(Filesystem& files, const std::string& directory);

}  // namespace backstay::runtime
