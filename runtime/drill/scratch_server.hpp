// Scratch database servers: empty, without a network, in a directory of the sandbox, as the account
// that such a server runs as on this system (root starts nothing as itself).
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/drill/server_process.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// An account of this system.
struct ScratchAccount {
  std::string name;
  unsigned user = 0;
  unsigned group = 0;
};

/// One scratch server on its way.
struct ScratchServer {
  std::string name;                            ///< in the plan
  std::string kind;                            ///< `mariadb` or `postgresql`
  std::string directory;                       ///< in the sandbox; its own
  std::optional<ScratchAccount> account = {};  ///< none: it runs as we do
  std::string program = {};                    ///< absolute path of the server
  std::string installer = {};                  ///< of what makes an empty data directory
  std::string version = {};                    ///< once it answers
  bool data_files = false;                     ///< it takes over the files of a snapshot
  std::vector<std::string> options = {};       ///< that its data files need
  std::unique_ptr<ServerProcess> process = {};

  [[nodiscard]] std::string data() const { return directory + "/data"; }

  /// What a client is given: a socket file, or for PostgreSQL the directory of it.
  [[nodiscard]] std::string socket() const;
};

/// The server as the steps of a restore shall see it: same name, scratch place, no login, no units.
[[nodiscard]] plan::Server scratch_facts(const plan::Server& server, const std::string& socket);

/// Finds programs and account; starts nothing. Errors: ToolMissing; Refused where the account could
/// not reach the sandbox, or its path is too long for a socket.
[[nodiscard]] Result<ScratchServer> find_scratch_server(const plan::Server& server,
                                                        const std::string& directory);

/// Makes its directories, and installs an empty server where it takes over no files. Errors:
/// ToolFailed with the installer's last words, NoSpace, Io.
[[nodiscard]] Result<void> install_scratch_server(const ScratchServer& server,
                                                  World& world,
                                                  const std::stop_token& stop);

/// Starts it and waits until it answers, at most two minutes. Errors: ToolFailed with the server's
/// last words, Timeout, Interrupted.
[[nodiscard]] Result<void> start_scratch_server(ScratchServer& server,
                                                World& world,
                                                const std::stop_token& stop);

/// `mariadbd --no-defaults …`: for `--keep`, so that a person can start it again.
[[nodiscard]] std::string show_scratch_server(const ScratchServer& server);

}  // namespace backstay::runtime
