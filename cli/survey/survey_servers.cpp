// Database servers of this machine: whether one listens at a usual socket, and what it tells
// somebody who has no password. A machine below another root does not run.
#include <array>

#include "cli/survey/survey.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/postgresql_catalog.hpp"

namespace backstay::cli {
namespace {

using compiler::SeenServer;
using compiler::SeenServerKind;

constexpr std::chrono::seconds kPatience{10};

constexpr std::array<std::string_view, 3> kMariadbSockets = {
    "/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/run/mariadb/mariadb.sock"};

Result<void> ask_mariadb(SeenServer& seen, runtime::ServerCall call) {
  plan::Server address;
  address.kind = "mariadb";
  address.socket = seen.socket;
  BACKSTAY_ASSIGN(const runtime::MariadbServer server, runtime::MariadbServer::open(address, call));
  BACKSTAY_ASSIGN(const runtime::ServerState state, runtime::server_state(server));
  BACKSTAY_ASSIGN(seen.databases, runtime::user_databases(server));
  BACKSTAY_ASSIGN(const runtime::Rows rows, server.query("SELECT @@datadir;"));
  seen.version = state.version;
  seen.cluster_size = state.cluster_size;
  seen.datadir = rows.empty() || rows[0].empty() ? "" : rows[0][0];
  while (seen.datadir.size() > 1 && seen.datadir.back() == '/') {
    seen.datadir.pop_back();
  }
  return {};
}

Result<void> ask_postgresql(SeenServer& seen, runtime::ServerCall call) {
  plan::Server address;
  address.kind = "postgresql";
  address.socket = seen.socket;
  address.port = seen.port;
  BACKSTAY_ASSIGN(const runtime::PostgresServer server,
                  runtime::PostgresServer::open(address, call));
  BACKSTAY_ASSIGN(seen.version, runtime::postgres_version(server));
  BACKSTAY_ASSIGN(const auto databases, runtime::postgres_databases(server));
  for (const auto& [name, database] : databases) {
    if (name != runtime::kMaintenanceDatabase) {
      seen.databases.push_back(name);
    }
  }
  BACKSTAY_ASSIGN(const runtime::Rows rows,
                  server.query(runtime::kMaintenanceDatabase, "SHOW data_directory;", 1));
  seen.datadir = rows.empty() ? "" : rows[0][0];
  return {};
}

void ask(SeenServer seen, compiler::HostFacts& facts) {
  runtime::RealCommandRunner runner;
  const runtime::ServerCall call{.runner = runner, .stop = {}, .deadline = kPatience};
  const auto asked =
      seen.kind == SeenServerKind::Mariadb ? ask_mariadb(seen, call) : ask_postgresql(seen, call);
  seen.reached = asked.has_value();
  if (!asked) {
    seen.problem = to_string(asked.error());
    seen.refused = asked.error().kind == ErrorKind::Credentials;
    seen.databases.clear();
  }
  facts.servers.push_back(std::move(seen));
}

void survey_mariadb(const RootView& root, compiler::HostFacts& facts) {
  for (const std::string_view socket : kMariadbSockets) {
    if (root.type(std::string(socket)) == SeenType::Other) {
      ask({.kind = SeenServerKind::Mariadb, .socket = std::string(socket)}, facts);
      return;
    }
  }
}

void survey_postgresql(const RootView& root, compiler::HostFacts& facts) {
  constexpr std::string_view kDirectory = "/run/postgresql";
  constexpr std::string_view kName = ".s.PGSQL.";
  for (const std::string& name : root.list(std::string(kDirectory), 100)) {
    if (!name.starts_with(kName) || name.ends_with(".lock")) {
      continue;
    }
    const std::string port = name.substr(kName.size());
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) {
      continue;
    }
    const std::int64_t number = std::stol(port);
    ask({.kind = SeenServerKind::Postgresql,
         .socket = std::string(kDirectory),
         .port = number == 5432 ? 0 : number},
        facts);
  }
}

// A server that does not run is still a server, if its data directory is there.
void survey_stopped(const RootView& root, compiler::HostFacts& facts) {
  const bool found = std::any_of(facts.servers.begin(), facts.servers.end(), [](const auto& each) {
    return each.kind == SeenServerKind::Mariadb;
  });
  if (!found && root.type("/var/lib/mysql/mysql") == SeenType::Directory) {
    facts.servers.push_back(
        {.kind = SeenServerKind::Mariadb,
         .socket = "/run/mysqld/mysqld.sock",
         .problem = facts.root.empty() ? "it does not run" : "another root is looked at",
         .datadir = "/var/lib/mysql"});
  }
}

}  // namespace

void survey_servers(const RootView& root, compiler::HostFacts& facts) {
  if (facts.root.empty()) {
    survey_mariadb(root, facts);
    survey_postgresql(root, facts);
  } else {
    facts.not_seen.emplace_back("database servers were not asked: another root is looked at");
  }
  survey_stopped(root, facts);
}

}  // namespace backstay::cli
