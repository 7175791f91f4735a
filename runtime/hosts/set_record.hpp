// What several hosts did together, as one record on the controller: which snapshots belong to each
// other, and whether all are there.
//
// STATE/sets/SET/set.json, with set.json.sig where this machine signs.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// One host's result.
struct SetMember {
  std::string host;
  bool reached = false;  ///< false: nothing came back from it
  int exit = 1;
  std::string status = {};               ///< of its run: `verified` …
  std::string snapshot = {};             ///< empty: none
  std::vector<std::string> failed = {};  ///< components
  std::string message = {};
  std::vector<std::string> apart = {};  ///< hosts that held still with it and have no point
  std::string copy = {};                ///< of SetRecord::copies: the target
};

struct SetRecord {
  std::string set;
  std::string what;
  std::string policy;
  std::string backup;  ///< or the drill's name
  std::string plan_digest;
  std::string started;  ///< RFC 3339, UTC
  std::string finished;
  std::vector<SetMember> members;      ///< sorted by host
  std::vector<SetMember> copies = {};  ///< what hosts copied on behind it

  /// Only such a set counts: every host ended well.
  [[nodiscard]] bool complete() const;
  /// Complete, and all copied on: there is nothing left to do.
  [[nodiscard]] bool whole() const;
  /// 0 whole, 3 some hosts, else the code of the first that failed.
  [[nodiscard]] int exit_code() const;
};

/// JSON, `schema_version` 1, with a final newline.
[[nodiscard]] std::string to_json(const SetRecord& record);

/// Reads what the role gathered: DIRECTORY/WHAT@HOST.json for each host. A file that is not there
/// or cannot be read is a host that was not reached.
[[nodiscard]] std::vector<SetMember> read_members(Filesystem& files,
                                                  const std::string& directory,
                                                  const std::string& what,
                                                  const std::vector<std::string>& hosts);

/// Writes it, signed where this machine has a key for snapshots. Errors: Io, Credentials.
[[nodiscard]] Result<void> write_set(World& world, const SetRecord& record);

/// All of them, newest first; those that cannot be read, or are not signed where only signed ones
/// are believed, are left out.
[[nodiscard]] std::vector<SetRecord> read_sets(World& world);

}  // namespace backstay::runtime
