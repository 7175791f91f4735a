// The programs that a plan calls, and the database servers that it talks to.
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/doctor/doctor.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_privileges.hpp"
#include "runtime/database/postgresql_catalog.hpp"

namespace backstay::cli {
namespace {

constexpr std::chrono::seconds kPatience{15};

// MariaDB's programs have earlier names, too: one of each pair is enough.
using Names = std::vector<std::string>;

std::vector<Names> tools_of(const plan::Plan& plan) {
  std::set<Names> tools;
  for (const plan::Server& server : plan.servers) {
    if (server.kind == "mariadb") {
      tools.insert({"mariadb", "mysql"});
      tools.insert({"mariadb-dump", "mysqldump"});
      if (server.method == "physical") {
        tools.insert({"mariadb-backup"});
      }
    } else {
      for (const char* name : {"psql", "pg_dump", "pg_dumpall", "pg_restore"}) {
        tools.insert({name});
      }
    }
  }
  for (const plan::Target& target : plan.targets) {
    if (!target.seal.empty()) {
      tools.insert({"age"});
    }
    if (target.kind == "rsync") {
      tools.insert({"rsync"});
      tools.insert({"ssh"});
    } else if (target.kind != "directory") {
      tools.insert({target.kind});
    }
  }
  for (const plan::Service& service : plan.services) {
    if (!service.units.empty()) {
      tools.insert({"systemctl"});
    }
  }
  for (const plan::Notify& notify : plan.notifies) {
    if (!notify.webhook.empty() || !notify.healthcheck.empty()) {
      tools.insert({"curl"});
    }
    if (!notify.mail.empty()) {
      tools.insert({"sendmail"});
    }
  }
  return {tools.begin(), tools.end()};
}

// The first line that `PROGRAM --version` prints; empty where it says nothing.
std::string version_of(runtime::CommandRunner& runner,
                       const std::string& program,
                       const std::string& name) {
  const std::string word = name == "ssh"                          ? "-V"
                           : name == "restic" || name == "rclone" ? "version"
                                                                  : "--version";
  const auto exit =
      runner.run({.program = program, .arguments = {word}, .deadline = kPatience}, {});
  if (!exit || name == "sendmail") {
    return "";
  }
  const std::string& said = exit->output.empty() ? exit->errors : exit->output;
  return said.substr(0, said.find('\n'));
}

void look_at_tool(DoctorCall& call, const Names& names) {
  std::optional<Error> missing;
  for (const std::string& name : names) {
    const auto program = runtime::find_program(name);
    if (program) {
      const std::string version = version_of(call.world.commands, *program, name);
      call.add("tools", Health::Ok, *program + (version.empty() ? "" : ": " + version));
      return;
    }
    missing = missing ? missing : program.error();
  }
  const std::string package = runtime::package_of(names.front());
  const bool not_there = missing->message.ends_with("is not installed");
  call.add_error("tools", *missing,
                 not_there && !package.empty() ? "apt-get install " + package : std::string());
}

Result<std::string> look_at_mariadb(const plan::Server& server, runtime::ServerCall call) {
  BACKSTAY_ASSIGN(const runtime::MariadbServer open, runtime::MariadbServer::open(server, call));
  BACKSTAY_ASSIGN(const runtime::ServerState state, runtime::server_state(open));
  BACKSTAY_TRY(runtime::require_privileges(open));
  BACKSTAY_TRY(runtime::require_restore_privileges(open, {}));
  return fmt::format("{} answers ({}), and the account may dump and restore", server.name,
                     state.version);
}

Result<std::string> look_at_postgresql(const plan::Server& server, runtime::ServerCall call) {
  BACKSTAY_ASSIGN(const runtime::PostgresServer open, runtime::PostgresServer::open(server, call));
  BACKSTAY_ASSIGN(const std::string version, runtime::postgres_version(open));
  BACKSTAY_ASSIGN(const runtime::Rows rows,
                  open.query(runtime::kMaintenanceDatabase,
                             "SELECT rolsuper, quote_ident(rolname) FROM pg_roles WHERE rolname = "
                             "current_user;",
                             2));
  if (rows.empty() || rows[0][0] != "t") {
    return Error{
        .kind = ErrorKind::Credentials,
        .message =
            "the account is no superuser, so neither are all roles dumped nor can a restore "
            "make them",
        .hint = "ALTER ROLE " + (rows.empty() ? "CURRENT_USER" : rows[0][1]) + " SUPERUSER;"};
  }
  return fmt::format("{} answers ({}), and the account may dump and restore", server.name, version);
}

}  // namespace

void look_at_tools(DoctorCall& call, const plan::Plan& plan) {
  for (const Names& names : tools_of(plan)) {
    look_at_tool(call, names);
  }
}

void look_at_databases(DoctorCall& call, const plan::Plan& plan) {
  for (const plan::Server& server : plan.servers) {
    runtime::ServerCall ask{
        .runner = call.world.commands, .stop = call.stop, .deadline = kPatience};
    for (const plan::Secret& secret : plan.secrets) {
      ask.login = !server.login.empty() && secret.name == server.login ? &secret : ask.login;
    }
    const auto answer =
        server.kind == "mariadb" ? look_at_mariadb(server, ask) : look_at_postgresql(server, ask);
    if (answer) {
      call.add("databases", Health::Ok, *answer);
    } else {
      Error error = answer.error();
      error.message = server.name + ": " + error.message;
      if (error.hint.empty())
        error.hint = "docs/databases.md says what the account needs";
      call.add_error("databases", error);
    }
  }
}

}  // namespace backstay::cli
