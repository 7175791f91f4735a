// Argument vectors and sessions: see the header.
#include "runtime/database/mariadb.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include <fmt/format.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/system/secret_source.hpp"

namespace backstay::runtime {
namespace {

constexpr int kLoginDescriptor = 3;
/// The largest packet that a client may have; the server's own limit is what counts.
constexpr std::string_view kLargestPacket = "--max-allowed-packet=1073741824";
/// What mariadb-dump gathers before it writes. Its own 4 KiB cost it, us and the kernel a fifth of
/// all processor time of a dump; more than this would keep a snapshot's first marker back.
constexpr std::string_view kWideOutput = "--output=32K";

std::string shown(const Command& command) {
  std::string line = command.program;
  for (const std::string& argument : command.arguments)
    line += " " + argument;
  return line;
}

/// The program, or the one of its earlier name (before MariaDB 10.5) where that says that it is
/// MariaDB's: MySQL's programs of those names write other dumps and know other options.
Result<std::string> find_client(const std::string& name,
                                const std::string& earlier,
                                const ServerCall& call) {
  Result<std::string> found = find_program(name);
  if (found)
    return found;
  const Result<std::string> other = find_program(earlier);
  if (!other)
    return found;
  Command command{.program = *other, .arguments = {"--no-defaults", "--version"}};
  command.deadline = std::chrono::seconds(30);
  BACKSTAY_ASSIGN(const Exit exit, call.runner.run(command, call.stop));
  if (exit.ok() && exit.output.find("MariaDB") != std::string::npos)
    return other;
  return Error{.kind = ErrorKind::ToolMissing,
               .message = fmt::format("`{}` is not MariaDB's: {}", *other,
                                      exit.output.substr(0, exit.output.find('\n'))),
               .hint = "install the package mariadb-client"};
}

}  // namespace

ServerCall server_call(StepContext& context, const plan::Server& server) {
  return {.runner = context.world.commands,
          .stop = context.stop,
          .deadline = std::chrono::seconds(context.step.timeout.seconds),
          .login = server.login.empty() ? nullptr : context.plan.secret(server.login)};
}

Result<const plan::Server*> find_server(const StepContext& context, const std::string& name) {
  const plan::Server* server = context.plan.server(name);
  if (server != nullptr)
    return server;
  return Error{.kind = ErrorKind::BadInput, .message = "the plan has no server `" + name + "`"};
}

Result<std::optional<SecretFile>> open_login(const plan::Server& server, const ServerCall& call) {
  std::optional<SecretFile> login;
  if (!server.login_file.empty()) {
    BACKSTAY_ASSIGN(login, open_secret(server.login_file));
  } else if (call.login != nullptr) {
    BACKSTAY_ASSIGN(login, read_secret(*call.login, call.runner, call.stop));
  } else if (!server.login.empty()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "the plan has no secret `" + server.login + "`"};
  }
  return login;
}

Result<MariadbServer> MariadbServer::open(const plan::Server& server, ServerCall call) {
  MariadbServer opened(server, std::move(call));
  BACKSTAY_ASSIGN(opened.client_, find_client("mariadb", "mysql", opened.call_));
  BACKSTAY_ASSIGN(opened.dump_, find_client("mariadb-dump", "mysqldump", opened.call_));
  if (const Result<std::string> wide = find_program("stdbuf"))
    opened.wide_ = *wide;
  BACKSTAY_ASSIGN(opened.login_, open_login(server, opened.call_));
  return opened;
}

/// Nothing that a program says leaves here with our password in it.
Result<Exit> MariadbServer::run(const Command& command, std::stop_token stop) const {
  BACKSTAY_ASSIGN(Exit exit, call_.runner.run(command, std::move(stop)));
  exit.errors = without_secrets(std::move(exit.errors));
  return exit;
}

std::string MariadbServer::without_secrets(std::string text) const {
  return login_ ? redact(std::move(text), *login_) : text;
}

Command MariadbServer::command(const std::string& program,
                               const std::vector<std::string>& arguments) const {
  Command command{.program = program, .arguments = {}, .environment = {}, .descriptors = {}};
  if (login_) {
    command.arguments.push_back(fmt::format("--defaults-extra-file=/dev/fd/{}", kLoginDescriptor));
    command.descriptors.push_back({.ours = login_->descriptor(), .theirs = kLoginDescriptor});
  } else {
    command.arguments.emplace_back("--no-defaults");
  }
  if (!server_.socket.empty()) {
    command.arguments.emplace_back("--protocol=socket");
    command.arguments.push_back("--socket=" + server_.socket);
  } else {
    command.arguments.emplace_back("--protocol=tcp");
    command.arguments.push_back("--host=" + server_.address);
    command.arguments.push_back(fmt::format("--port={}", server_.port == 0 ? 3306 : server_.port));
  }
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.deadline = call_.deadline;
  return command;
}

std::vector<std::string> MariadbServer::client_arguments(const std::string& database,
                                                         bool force) const {
  // --binary-mode: \r\n in a routine stays as it is, and no client command is read from the text.
  // --comments: those within routines are part of their definition.
  std::vector<std::string> arguments = {"--connect-timeout=15",
                                        "--default-character-set=utf8mb4",
                                        std::string(kLargestPacket),
                                        "--batch",
                                        "--skip-column-names",
                                        "--skip-reconnect",
                                        "--binary-mode",
                                        "--comments",
                                        force ? "--force" : "--skip-force"};
  if (!database.empty())
    arguments.push_back("--database=" + database);
  return arguments;
}

Result<Rows> MariadbServer::query(std::string_view sql, bool binary) const {
  std::string text = "SET SESSION sql_mode='', sql_quote_show_create=1, net_write_timeout=600;\n";
  if (binary)
    text += "SET SESSION character_set_results=binary;\n";
  text += sql;
  std::string output;
  Command run = command(client_, client_arguments("", false));
  run.standard_input = from_text(std::move(text));
  run.standard_output = [&output](std::span<const std::byte> bytes) -> Result<void> {
    output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  BACKSTAY_ASSIGN(const Exit exit, this->run(run, call_.stop));
  if (!exit.ok())
    return server_error(server_, exit, "mariadb");
  return parse_batch_rows(output);
}

Result<Exit> MariadbServer::feed(const std::string& database, Input input, bool force) const {
  Command run = command(client_, client_arguments(database, force));
  run.standard_input = std::move(input);
  return this->run(run, call_.stop);
}

Result<Exit> MariadbServer::dump(const std::vector<std::string>& arguments,
                                 Output output,
                                 std::stop_token stop) const {
  Command run = dump_command(arguments);
  run.standard_output = std::move(output);
  Result<Exit> exit = this->run(run, std::move(stop));
  if (exit || wide_.empty())
    return exit;
  Error error = std::move(exit).error();
  if (const std::size_t at = error.message.find(wide_); at != std::string::npos)
    error.message.replace(at, wide_.size(), dump_);  // who fails is not who only starts it
  return error;
}

Command MariadbServer::dump_command(const std::vector<std::string>& arguments) const {
  Command run = command(dump_, arguments);
  if (wide_.empty())
    return run;
  run.arguments.insert(run.arguments.begin(), {std::string(kWideOutput), run.program});
  run.program = wide_;
  return run;
}

Result<Exit> MariadbServer::converse(int from, Output output, std::stop_token stop) const {
  constexpr int kPipe = 4;
  Command run =
      command(client_, {"--connect-timeout=15", "--default-character-set=utf8mb4", "--batch",
                        "--skip-column-names", "--skip-reconnect", "--unbuffered", "--skip-force"});
  run.descriptors.push_back({.ours = from, .theirs = kPipe});
  run.standard_input = from_text(fmt::format("source /dev/fd/{}\n", kPipe));
  run.standard_output = std::move(output);
  return this->run(run, std::move(stop));
}

Result<Exit> MariadbServer::copy_files(const std::vector<std::string>& arguments,
                                       Output output) const {
  BACKSTAY_ASSIGN(const std::string program, find_program("mariadb-backup"));
  Command run = command(program, arguments);
  run.standard_output = std::move(output);
  return call_.runner.run(run, call_.stop);
}

Result<std::string> MariadbServer::dump_version() const {
  Command run{.program = dump_, .arguments = {"--no-defaults", "--version"}};
  run.deadline = std::chrono::seconds(30);
  BACKSTAY_ASSIGN(const Exit exit, call_.runner.run(run, call_.stop));
  constexpr std::string_view kKey = "Distrib ";
  constexpr std::string_view kNewKey = "from ";
  for (const std::string_view key : {kKey, kNewKey}) {
    const std::size_t at = exit.output.find(key);
    if (!exit.ok() || at == std::string::npos)
      continue;
    const std::size_t from = at + key.size();
    return exit.output.substr(from, exit.output.find_first_of(", \n", from) - from);
  }
  return Error{.kind = ErrorKind::ToolFailed,
               .message = dump_ + " does not tell its version",
               .hint = "install the package mariadb-client"};
}

std::string MariadbServer::show_dump(const std::vector<std::string>& arguments) const {
  return shown(dump_command(arguments));
}

std::string MariadbServer::show_copy(const std::vector<std::string>& arguments) const {
  return shown(command("mariadb-backup", arguments));
}

std::string MariadbServer::show_client(const std::string& database) const {
  return shown(command(client_, client_arguments(database, false)));
}

MariadbServer::Input from_text(std::string text) {
  struct State {
    std::string text;
    std::size_t at = 0;
  };

  auto state = std::make_shared<State>(State{std::move(text), 0});
  return [state](std::span<std::byte> buffer) -> Result<std::size_t> {
    const std::size_t size = std::min(buffer.size(), state->text.size() - state->at);
    std::memcpy(buffer.data(), state->text.data() + state->at, size);
    state->at += size;
    return size;
  };
}

}  // namespace backstay::runtime
