// Another machine by ssh: how it is called, and what its failures mean.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {

/// One account on another machine. Host keys are strict and no password is ever asked for.
struct SshPeer {
  std::string destination;           ///< `backup@vault.example.org`
  std::string path;                  ///< absolute: where the store is there
  std::string program;               ///< ssh
  std::vector<std::string> options;  ///< of ssh, destination not among them
  std::map<std::string, std::string> environment;
  std::chrono::seconds stall = kStall;

  /// Takes `[USER@]HOST:PATH` apart and finds ssh. The login is a key file; without one an agent or
  /// the account's own keys open it. CONFIG/known_hosts and CONFIG/ssh_config are used in the place
  /// of the account's where they are there. Errors: Usage, Credentials, ToolMissing.
  [[nodiscard]] static Result<SshPeer> open(const World& world,
                                            const plan::Plan& plan,
                                            const plan::Target& target);

  /// For rsync's `-e`.
  [[nodiscard]] std::string remote_shell() const;
};

/// Runs a command there. `take` gets its stdout. Errors: Timeout, Interrupted, ToolMissing, what
/// `take` returned. A command that failed is a value.
[[nodiscard]] Result<Exit> run_there(CommandRunner& commands,
                                     const SshPeer& peer,
                                     const std::string& command,
                                     std::string_view input,
                                     const std::function<Result<void>(std::string_view)>& take,
                                     const std::stop_token& stop);

/// What an exit of ssh or rsync that is no success means: Refused (the host key), Credentials,
/// Timeout, NoSpace, Io (temporary), ToolFailed.
[[nodiscard]] Error connection_error(const std::string& what,
                                     const SshPeer& peer,
                                     const Exit& exit);

}  // namespace backstay::runtime
