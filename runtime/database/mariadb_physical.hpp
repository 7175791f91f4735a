// The data files of a MariaDB server as it runs, and a data directory made of them again.
//
// mariadb-backup copies the files and the redo log that is written meanwhile; they are of one
// instant only once it has applied that log (--prepare). Its exit status alone proves nothing: it
// must also say `completed OK!` at its end. It reads only what the same release of the server
// wrote (mariadb.com/kb, "mariadb-backup Overview").
#pragma once

#include <cstdint>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// The artefact of the component.
inline constexpr const char* kPhysicalStream = "data.mbstream";

/// What the manifest says of a component of kind `mariadb-physical`.
struct PhysicalFacts {
  std::string server;  ///< name in the plan
  std::string server_version;
  std::string tool_version;
  std::string started;
  std::string instant;  ///< RFC 3339: when the copy ended, which is the state that it gives
  std::string log_file;
  std::uint64_t log_position = 0;
  std::string gtid;
  std::uint64_t files = 0;

  friend bool operator==(const PhysicalFacts&, const PhysicalFacts&) = default;
};

[[nodiscard]] ComponentFacts to_json(const PhysicalFacts& facts);
/// Errors: BadInput.
[[nodiscard]] Result<PhysicalFacts> read_physical_facts(const ComponentFacts& facts);

/// Arguments of mariadb-backup. scratch: a directory for its small files.
[[nodiscard]] std::vector<std::string> physical_arguments(const plan::Server& server,
                                                          const std::string& scratch);

/// `10.11.19-MariaDB` of mariadb-backup. Errors: ToolMissing.
[[nodiscard]] Result<std::string> physical_tool_version(CommandRunner& runner);
/// Errors: ToolMissing where the tool is of another release than `version`.
[[nodiscard]] Result<void> require_same_release(const std::string& tool,
                                                const std::string& version);

/// Whether mariadb-backup said that all is well: its last line.
[[nodiscard]] bool completed(std::string_view said);

/// Copies the files of a server into the staging's stream of `component`. Errors: ToolMissing,
/// ToolFailed, Credentials (naming the privilege), Verification (no `completed OK!`).
[[nodiscard]] Result<PhysicalFacts> copy_server(const MariadbServer& server,
                                                const std::string& server_version,
                                                const std::string& component,
                                                StepContext& context);

/// What unpacking and preparing needs of its surroundings.
struct PrepareCall {
  CommandRunner& runner;
  std::stop_token stop;
  std::chrono::seconds deadline{0};  ///< of each program; 0: none
  std::function<void(std::uint64_t bytes)> progress = [](std::uint64_t /*bytes*/) {};
};

/// Makes `directory` (absolute; its parent is there) a data directory that a server of the same
/// release starts on: unpacks the stream into it, applies the log. It belongs to us and is open to
/// nobody else. Errors: Refused where it is there already; BadInput (names that lead out of it);
/// Verification (the stream, or preparing it); ToolMissing, ToolFailed.
[[nodiscard]] Result<void> prepare_physical(StreamReader& stream,
                                            const std::string& directory,
                                            const PrepareCall& call);

}  // namespace backstay::runtime
