#include "runtime/drill/scratch_server.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kMariadb = "mariadb";
constexpr std::string_view kPostgresSocket = "/.s.PGSQL.5432";
constexpr std::chrono::seconds kStartTime{120};

std::string socket_file(const ScratchServer& server) {
  return server.kind == kMariadb ? server.socket()
                                 : server.directory + std::string(kPostgresSocket);
}

/// Debian keeps the programs of each release beside the others: the newest one.
Result<std::string> newest_postgresql() {
  const std::string base = "/usr/lib/postgresql";
  int newest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(base, error)) {
    const std::string name = entry.path().filename();
    int release = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), release);
    const bool whole = bad == std::errc() && end == name.data() + name.size();
    if (whole && std::filesystem::exists(entry.path() / "bin" / "postgres", error))
      newest = std::max(newest, release);
  }
  if (newest > 0)
    return fmt::format("{}/{}/bin", base, newest);
  return Error{.kind = ErrorKind::ToolMissing,
               .message = "no PostgreSQL server is installed in " + base,
               .hint = "a drill needs one: `apt-get install postgresql`"};
}

Result<ScratchAccount> find_account(const std::string& name) {
  errno = 0;
  const passwd* found = ::getpwnam(name.c_str());
  if (found != nullptr)
    return ScratchAccount{.name = name, .user = found->pw_uid, .group = found->pw_gid};
  return Error{.kind = ErrorKind::ToolMissing,
               .message = "there is no account `" + name + "` here to run a scratch server as",
               .hint = "install the server's package, which makes it"};
}

/// Whether an account may pass through every directory above a path.
Result<void> check_way(const ScratchAccount& account, const std::string& path) {
  for (std::string above = path; above.size() > 1;) {
    above = std::filesystem::path(above).parent_path();

    struct stat found {};

    if (::stat(above.c_str(), &found) != 0)
      continue;  // will be made by us
    const unsigned bit = found.st_uid == account.user    ? 0100U
                         : found.st_gid == account.group ? 0010U
                                                         : 0001U;
    if ((found.st_mode & bit) == 0) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("the account `{}`, which the scratch server runs as, may "
                                          "not enter `{}`",
                                          account.name, above),
                   .hint = "name another place with --into, for example below /var/tmp"};
    }
  }
  return {};
}

/// As the server's own account, dying with us: a change of accounts makes the kernel forget that.
Command as_account(const ScratchServer& server,
                   const std::string& setpriv,
                   std::string_view death_signal,
                   std::vector<std::string> words) {
  Command command;
  if (server.account) {
    command.program = setpriv;
    command.arguments = {"--reuid=" + server.account->name, "--regid=" + server.account->name,
                         "--init-groups", fmt::format("--pdeathsig={}", death_signal)};
  } else {
    command.program = words.front();
    words.erase(words.begin());
  }
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.environment = {{"TMPDIR", server.directory + "/tmp"}};
  return command;
}

std::string our_name() {
  const passwd* found = ::getpwuid(::geteuid());
  return found != nullptr ? found->pw_name : "root";
}

std::vector<std::string> install_words(const ScratchServer& server) {
  if (server.kind == kMariadb) {
    return {server.installer,
            "--no-defaults",
            "--force",
            "--skip-test-db",
            "--auth-root-authentication-method=socket",
            "--auth-root-socket-user=" + our_name(),
            "--datadir=" + server.data()};
  }
  return {server.installer,  "--username=postgres",
          "--auth=trust",  // of a socket that only this directory leads to
          "--encoding=UTF8", "--locale=C.UTF-8",    "--no-sync", "--pgdata=" + server.data()};
}

/// No option file, no network, no event, no log of changes: nothing of a scratch server acts on
/// anything but its own files.
std::vector<std::string> serve_words(const ScratchServer& server) {
  if (server.kind == kMariadb) {
    std::vector<std::string> words = {server.program,
                                      "--no-defaults",
                                      "--datadir=" + server.data(),
                                      "--tmpdir=" + server.directory + "/tmp",
                                      "--socket=" + server.socket(),
                                      "--pid-file=" + server.directory + "/tmp/pid",
                                      "--skip-networking",
                                      "--skip-log-bin",
                                      "--skip-slave-start",
                                      "--event-scheduler=OFF",
                                      "--local-infile=OFF",
                                      "--secure-file-priv=" + server.directory + "/tmp",
                                      "--character-set-server=utf8mb4",
                                      "--max-allowed-packet=1073741824"};
    // Accounts, plugins and functions of a snapshot's files are not loaded: nothing in them is run,
    // and no password of theirs is needed.
    if (server.data_files)
      words.emplace_back("--skip-grant-tables");
    words.insert(words.end(), server.options.begin(), server.options.end());
    return words;
  }
  return {server.program,      "-D", server.data(),      "-k", server.directory,       "-c",
          "listen_addresses=", "-c", "archive_mode=off", "-c", "logging_collector=off"};
}

Result<std::string> find_setpriv(const ScratchServer& server) {
  return server.account ? find_program("setpriv") : Result<std::string>(std::string());
}

Result<std::string> ask_version(const ScratchServer& server, World& world, std::stop_token stop) {
  plan::Server facts;
  facts.name = server.name;
  facts.kind = server.kind;
  facts.socket = server.socket();
  const ServerCall call{
      .runner = world.commands, .stop = stop, .deadline = std::chrono::seconds(30)};
  if (server.kind == kMariadb) {
    BACKSTAY_ASSIGN(const auto client, MariadbServer::open(facts, call));
    BACKSTAY_ASSIGN(const auto state, server_state(client));
    return state.version;
  }
  BACKSTAY_ASSIGN(const auto client, PostgresServer::open(facts, call));
  return postgres_version(client);
}

}  // namespace

std::string ScratchServer::socket() const {
  return kind == kMariadb ? directory + "/socket" : directory;
}

plan::Server scratch_facts(const plan::Server& server, const std::string& socket) {
  plan::Server scratch;
  scratch.name = server.name;
  scratch.kind = server.kind;
  scratch.host = server.host;
  scratch.socket = socket;
  scratch.method = server.method;
  return scratch;
}

Result<ScratchServer> find_scratch_server(const plan::Server& server,
                                          const std::string& directory) {
  ScratchServer found{.name = server.name, .kind = server.kind, .directory = directory};
  const bool mariadb = server.kind == kMariadb;
  found.data_files = !server.method.empty();
  if (mariadb) {
    BACKSTAY_ASSIGN(found.program, find_program("mariadbd"));
    BACKSTAY_ASSIGN(found.installer, find_program("mariadb-install-db"));
  } else {
    BACKSTAY_ASSIGN(const std::string binaries, newest_postgresql());
    BACKSTAY_ASSIGN(found.program, find_program(binaries + "/postgres"));
    BACKSTAY_ASSIGN(found.installer, find_program(binaries + "/initdb"));
  }
  if (::geteuid() == 0) {
    BACKSTAY_ASSIGN(found.account, find_account(mariadb ? "mysql" : "postgres"));
    BACKSTAY_TRY(find_setpriv(found));
    BACKSTAY_TRY(check_way(*found.account, directory.substr(0, directory.rfind("/servers/"))));
  }
  if (socket_file(found).size() < sizeof(sockaddr_un::sun_path))
    return found;
  return Error{.kind = ErrorKind::Refused,
               .message = "the path `" + socket_file(found) + "` is too long for a socket",
               .hint = "name a shorter directory with --into"};
}

Result<void> install_scratch_server(const ScratchServer& server,
                                    World& world,
                                    const std::stop_token& stop) {
  std::vector<std::string> paths = {server.directory, server.directory + "/tmp"};
  if (!server.data_files)
    paths.push_back(server.data());
  for (const std::string& path : paths) {
    BACKSTAY_TRY(world.files.make_directory(path, 0700));
    if (server.account && ::lchown(path.c_str(), server.account->user, server.account->group) != 0)
      return errno_error(errno, "cannot give `" + path + "` to " + server.account->name);
  }
  if (server.data_files)
    return {};
  BACKSTAY_ASSIGN(const std::string setpriv, find_setpriv(server));
  Command install = as_account(server, setpriv, "KILL", install_words(server));
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(install, stop));
  BACKSTAY_FAILPOINT("drill.server-installed");
  if (exit.ok())
    return {};
  std::string words = exit.output + exit.errors;
  words = words.substr(words.size() > 600 ? words.size() - 600 : 0);
  std::replace(words.begin(), words.end(), '\n', ' ');
  const auto space = world.files.space(server.directory);
  const bool full = words.find("No space left") != std::string::npos ||
                    (space && space->free_bytes < (1U << 20U));
  return Error{.kind = full ? ErrorKind::NoSpace : ErrorKind::ToolFailed,
               .message = fmt::format("the scratch server for {} could not be made: {}: {}",
                                      server.name, describe(exit), words),
               .hint = full ? "make room, or name another place with --into" : ""};
}

Result<void> start_scratch_server(ScratchServer& server,
                                  World& world,
                                  const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string setpriv, find_setpriv(server));
  const bool mariadb = server.kind == kMariadb;
  // PostgreSQL gives its shared memory back when it is told to quit, not when it is killed.
  Command serve = as_account(server, setpriv, mariadb ? "KILL" : "QUIT", serve_words(server));
  serve.grace = std::chrono::seconds(30);
  serve.standard_output = [](std::span<const std::byte>) { return Result<void>(); };
  server.process = std::make_unique<ServerProcess>(world.commands, std::move(serve));
  const auto until = world.clock.steady_now() + kStartTime;
  while (true) {
    auto version = ask_version(server, world, stop);
    if (version) {
      server.version = std::move(*version);
      BACKSTAY_FAILPOINT("drill.server-started");
      return {};
    }
    if (stop.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "the drill was interrupted"};
    if (const std::string end = server.process->end(); !end.empty()) {
      return Error{
          .kind = ErrorKind::ToolFailed,
          .message = fmt::format("the scratch server for {} did not start: {}", server.name, end)};
    }
    if (world.clock.steady_now() >= until) {
      return Error{
          .kind = ErrorKind::Timeout,
          .message = fmt::format("the scratch server for {} did not answer within {} s: {}",
                                 server.name, kStartTime.count(), to_string(version.error()))};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

std::string show_scratch_server(const ScratchServer& server) {
  std::vector<std::string> words;
  if (server.account) {
    words = {"setpriv", "--reuid=" + server.account->name, "--regid=" + server.account->name,
             "--init-groups"};
  }
  const auto serve = serve_words(server);
  words.insert(words.end(), serve.begin(), serve.end());
  return shell_words(words);
}

}  // namespace backstay::runtime
