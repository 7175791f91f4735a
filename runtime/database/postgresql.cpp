// Argument vectors, sessions and the login: see the header.
#include "runtime/database/postgresql.hpp"

#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/database/postgresql_text.hpp"

namespace backstay::runtime {
namespace {

constexpr int kLoginDescriptor = 3;
constexpr std::int64_t kPort = 5432;

std::string shown(const Command& command) {
  std::string line = command.program;
  for (const std::string& argument : command.arguments)
    line += " " + argument;
  return line;
}

/// All of a descriptor of ours, which is small.
std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size =
        ::pread(descriptor, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (size <= 0)
      return text;
    text.append(buffer, static_cast<std::size_t>(size));
  }
}

}  // namespace

Result<PostgresServer> PostgresServer::open(const plan::Server& server, ServerCall call) {
  PostgresServer opened(server, std::move(call));
  BACKSTAY_TRY(opened.find_programs());
  BACKSTAY_TRY(opened.open_login());
  return opened;
}

Result<void> PostgresServer::find_programs() {
  BACKSTAY_ASSIGN(psql_, find_program("psql"));
  BACKSTAY_ASSIGN(dump_, find_program("pg_dump"));
  BACKSTAY_ASSIGN(dump_globals_, find_program("pg_dumpall"));
  BACKSTAY_ASSIGN(restore_, find_program("pg_restore"));
  return {};
}

Result<void> PostgresServer::open_login() {
  BACKSTAY_ASSIGN(login_, runtime::open_login(server_, call_));
  if (!login_) {
    user_ = "postgres";
    if (::geteuid() == 0 && !server_.socket.empty()) {
      BACKSTAY_ASSIGN(setpriv_, find_program("setpriv"));
    }
    return {};
  }
  const auto user = password_file_user(read_all(login_->descriptor()));
  if (!user) {
    return Error{
        .kind = ErrorKind::Credentials,
        .message = (server_.login_file.empty() ? "secret " + server_.login : server_.login_file) +
                   " does not say the user to log in as",
        .hint =
            "its first line must be `host:port:database:user:password`, the form of "
            "libpq's password file, with a user"};
  }
  user_ = *user;
  return {};
}

Command PostgresServer::command(const std::string& program,
                                const std::vector<std::string>& arguments) const {
  Command command{.program = program, .arguments = {}, .environment = {}, .descriptors = {}};
  if (!setpriv_.empty()) {
    command.program = setpriv_;
    command.arguments = {"--reuid=postgres", "--regid=postgres", "--init-groups", program};
  }
  const SocketPlace place = socket_place(server_.socket);
  const std::int64_t port = place.port != 0 ? place.port : server_.port;
  command.arguments.push_back("--host=" +
                              (server_.socket.empty() ? server_.address : place.directory));
  command.arguments.push_back(fmt::format("--port={}", port == 0 ? kPort : port));
  command.arguments.push_back("--username=" + user_);
  command.arguments.emplace_back("--no-password");
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = {{"PGCONNECT_TIMEOUT", "15"}, {"PGAPPNAME", "backstay"}};
  if (login_) {
    command.environment["PGPASSFILE"] = fmt::format("/dev/fd/{}", kLoginDescriptor);
    command.descriptors.push_back({.ours = login_->descriptor(), .theirs = kLoginDescriptor});
  }
  command.deadline = call_.deadline;
  return command;
}

Command PostgresServer::session(const std::string& database, std::string_view sql) const {
  // -z -0: every cell ends with a NUL byte, which no text of PostgreSQL holds.
  Command run = command(psql_, {"--dbname=" + database, "--no-psqlrc", "--quiet", "--no-align",
                                "--tuples-only", "-z", "-0", "--set=ON_ERROR_STOP=1", "--file=-"});
  run.standard_input =
      from_text("\\set VERBOSITY terse\nSET client_min_messages = warning;\n" + std::string(sql));
  return run;
}

Result<Rows> PostgresServer::query(const std::string& database,
                                   std::string_view sql,
                                   std::size_t columns) const {
  std::string output;
  Command run = session(database, sql);
  run.standard_output = [&output](std::span<const std::byte> bytes) -> Result<void> {
    output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  BACKSTAY_ASSIGN(const Exit exit, call_.runner.run(run, call_.stop));
  if (!exit.ok())
    return postgres_error(server_, exit, "psql");
  std::optional<Rows> rows = parse_cells(output, columns);
  if (rows)
    return std::move(*rows);
  return Error{
      .kind = ErrorKind::ToolFailed,
      .message = fmt::format("psql gave a result of another shape than {} columns", columns)};
}

Result<void> PostgresServer::execute(const std::string& database, std::string_view sql) const {
  BACKSTAY_ASSIGN(const Exit exit, call_.runner.run(session(database, sql), call_.stop));
  if (!exit.ok())
    return postgres_error(server_, exit, "psql");
  return {};
}

Result<Exit> PostgresServer::dump(const std::string& database, Output output) const {
  Command run = command(dump_, dump_arguments(database));
  run.standard_output = std::move(output);
  return call_.runner.run(run, call_.stop);
}

Result<Exit> PostgresServer::dump_globals(Output output) const {
  Command run = command(dump_globals_, {"--globals-only"});
  run.standard_output = std::move(output);
  return call_.runner.run(run, call_.stop);
}

Result<Exit> PostgresServer::import(const std::string& database, Input archive) const {
  Command run = command(restore_, import_arguments(database));
  run.standard_input = std::move(archive);
  return call_.runner.run(run, call_.stop);
}

Result<Exit> PostgresServer::decode(Input archive, Output data) const {
  Command run{.program = restore_, .arguments = {"--data-only", "--file=-"}};
  run.standard_input = std::move(archive);
  run.standard_output = std::move(data);
  run.deadline = call_.deadline;
  return call_.runner.run(run, call_.stop);
}

std::string PostgresServer::show_dump(const std::string& database) const {
  return shown(command(dump_, dump_arguments(database)));
}

std::string PostgresServer::show_import(const std::string& database) const {
  return shown(command(restore_, import_arguments(database)));
}

}  // namespace backstay::runtime
