// The way to one MariaDB server: its programs, address and login. All talk with it passes here.
//
// There is no client library: mariadb and mariadb-dump of the system are run, which know the
// server's protocol, plugins and quirks. The login is handed over by descriptor as the first
// argument, `--defaults-extra-file=/dev/fd/3`; without one no option file is read at all and the
// server knows us by our socket.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

using Rows = std::vector<std::vector<std::string>>;

/// What a query needs of its surroundings.
struct ServerCall {
  CommandRunner& runner;
  std::stop_token stop;
  std::chrono::seconds deadline{0};     ///< of each program; 0: none
  const plan::Secret* login = nullptr;  ///< where the server's login is in no file
};

/// How a server of the plan is called by a step, its login's secret included.
[[nodiscard]] ServerCall server_call(StepContext& context, const plan::Server& server);
/// A server of the plan by name. Errors: BadInput.
[[nodiscard]] Result<const plan::Server*> find_server(const StepContext& context,
                                                      const std::string& name);
/// A server's login, by file or otherwise; none where it has none. Errors: Credentials.
[[nodiscard]] Result<std::optional<SecretFile>> open_login(const plan::Server& server,
                                                           const ServerCall& call);

/// One server. Movable; thread-safe as the runner is.
class MariadbServer {
 public:
  /// Finds the programs and opens the login. Does not connect.
  /// Errors: ToolMissing (no client), Credentials (the login file).
  static Result<MariadbServer> open(const plan::Server& server, ServerCall call);

  [[nodiscard]] const plan::Server& facts() const { return server_; }

  /// Runs statements in one session with sql_mode '' and gives all rows of all results.
  /// `binary`: results are not converted to UTF-8, which code objects need.
  /// Errors: as server_error().
  [[nodiscard]] Result<Rows> query(std::string_view sql, bool binary = false) const;

  /// Runs the client with statements from `input` in `database` (empty: none). Stops at the first
  /// failing statement unless `force`. Errors: what cannot be started; a failure is in the Exit.
  using Input = std::function<Result<std::size_t>(std::span<std::byte>)>;
  [[nodiscard]] Result<Exit> feed(const std::string& database, Input input, bool force) const;

  /// Runs mariadb-dump and gives its stdout to `output`. `stop` ends this process alone.
  using Output = std::function<Result<void>(std::span<const std::byte>)>;
  [[nodiscard]] Result<Exit> dump(const std::vector<std::string>& arguments,
                                  Output output,
                                  std::stop_token stop) const;

  /// A session that goes on: the client reads statements from the pipe `from` (its reading end,
  /// which stays ours) until that is closed, and answers line by line. Ends at the first failure.
  [[nodiscard]] Result<Exit> converse(int from, Output output, std::stop_token stop) const;

  /// Runs mariadb-backup with our way to the server. What it says is given as it is, to be judged:
  /// without_secrets() before it is shown. Errors: ToolMissing where it is not installed.
  [[nodiscard]] Result<Exit> copy_files(const std::vector<std::string>& arguments,
                                        Output output) const;

  /// Text that may hold our password, without it.
  [[nodiscard]] std::string without_secrets(std::string text) const;

  /// `Distrib` of mariadb-dump: 10.11.19-MariaDB.
  [[nodiscard]] Result<std::string> dump_version() const;

  /// For dry runs: program and arguments as they would be run, on one line.
  [[nodiscard]] std::string show_dump(const std::vector<std::string>& arguments) const;
  [[nodiscard]] std::string show_client(const std::string& database) const;
  [[nodiscard]] std::string show_copy(const std::vector<std::string>& arguments) const;

 private:
  MariadbServer(plan::Server server, ServerCall call)
      : server_(std::move(server)), call_(std::move(call)) {}

  [[nodiscard]] Command command(const std::string& program,
                                const std::vector<std::string>& arguments) const;
  [[nodiscard]] Command dump_command(const std::vector<std::string>& arguments) const;
  [[nodiscard]] std::vector<std::string> client_arguments(const std::string& database,
                                                          bool force) const;
  [[nodiscard]] Result<Exit> run(const Command& command, std::stop_token stop) const;

  plan::Server server_;
  ServerCall call_;
  std::string client_;
  std::string dump_;
  std::string wide_;  ///< stdbuf of the coreutils, where it is there
  std::optional<SecretFile> login_;
};

/// Gives the bytes of `text` piece by piece, as Input wants them. `text` is copied.
[[nodiscard]] MariadbServer::Input from_text(std::string text);

}  // namespace backstay::runtime
