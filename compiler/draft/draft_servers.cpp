#include "compiler/draft/draft_servers.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "lang/base/contains.hpp"

namespace backstay::compiler {
namespace {

constexpr std::int64_t kMariadbPort = 3306;
constexpr std::int64_t kPostgresqlPort = 5432;

bool is_here(const HostFacts& facts, const std::string& host) {
  static constexpr std::array<std::string_view, 4> kLocal = {"", "localhost", "127.0.0.1", "::1"};
  return std::find(kLocal.begin(), kLocal.end(), host) != kLocal.end() || host == facts.host;
}

std::optional<SeenServerKind> kind_of(const SeenConnection& connection) {
  if (connection.scheme.starts_with("mysql") || connection.scheme.starts_with("mariadb")) {
    return SeenServerKind::Mariadb;
  }
  if (connection.scheme.starts_with("postgres")) {
    return SeenServerKind::Postgresql;
  }
  return std::nullopt;
}

// A server of this machine answers for a name that it holds, whatever address leads to it: the
// virtual address of a balancer is not told from this machine's otherwise.
bool answers(const HostFacts& facts, const DraftServer& server, const SeenConnection& connection) {
  return server.seen != nullptr &&
         (server.seen->reached ? contains(server.seen->databases, connection.database)
                               : is_here(facts, connection.host));
}

std::string address_of(const HostFacts& facts, const SeenConnection& connection) {
  return is_here(facts, connection.host) ? "127.0.0.1" : connection.host;
}

bool leads_to(const HostFacts& facts, const DraftServer& server, const SeenConnection& connection) {
  return server.address == address_of(facts, connection) &&
         (connection.port == 0 || server.port == connection.port);
}

std::size_t server_for(const HostFacts& facts,
                       const SeenConnection& connection,
                       SeenServerKind kind,
                       std::vector<DraftServer>& servers) {
  for (std::size_t at = 0; at < servers.size(); ++at) {
    if (servers[at].kind == kind &&
        (answers(facts, servers[at], connection) ||
         (servers[at].seen == nullptr && servers[at].socket == connection.socket &&
          (!connection.socket.empty() || leads_to(facts, servers[at], connection))))) {
      return at;
    }
  }
  const std::int64_t usual = kind == SeenServerKind::Mariadb ? kMariadbPort : kPostgresqlPort;
  servers.push_back(
      {.name = servers.empty() ? "control-db" : "db-" + std::to_string(servers.size() + 1),
       .kind = kind,
       .address = address_of(facts, connection),
       .port = connection.port == 0 ? usual : connection.port,
       .socket = connection.socket});
  return servers.size() - 1;
}

std::vector<std::string> names_in_profile(const Service& service) {
  std::vector<std::string> names;
  for (const DatabaseFact& database : service.databases) {
    names.push_back(database.name.value);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Connections in the files that the service keeps.
std::vector<SeenConnection> connections_of(const HostFacts& facts, const Service& service) {
  std::vector<SeenConnection> found;
  for (const SeenConnection& connection : facts.connections) {
    const bool mine =
        std::any_of(service.paths.begin(), service.paths.end(), [&](const PathFact& path) {
          return path.path.value.starts_with("/etc/") && lies_in(connection.file, path.path.value);
        });
    if (mine) {
      found.push_back(connection);
    }
  }
  return found;
}

// The names to dump: those that the server shows, or, where it shows none, those that the
// configuration names.
std::vector<std::string> names_of(const DraftServer& server,
                                  const ServiceDatabases& each,
                                  const std::vector<std::string>& in_profile) {
  std::set<std::string> wanted;
  std::set<std::string> elsewhere;
  for (const DatabasesElsewhere& other : each.elsewhere) {
    elsewhere.insert(other.names.begin(), other.names.end());
  }
  for (const SeenConnection& connection : each.connections) {
    if (kind_of(connection)) {
      wanted.insert(connection.database);
    }
  }
  const bool is_known = server.seen != nullptr && server.seen->reached;
  const bool all_in_profile = std::all_of(
      wanted.begin(), wanted.end(), [&](const auto& name) { return contains(in_profile, name); });
  if (is_known || all_in_profile) {
    wanted.insert(in_profile.begin(), in_profile.end());
  }
  if (is_known) {
    if (contains(in_profile, "nova_cell0")) {  // each cell has a database of its own
      for (const std::string& name : server.seen->databases) {
        if (name.starts_with("nova_cell")) {
          wanted.insert(name);
        }
      }
    }
    std::erase_if(wanted,
                  [&](const auto& name) { return !contains(server.seen->databases, name); });
  }
  std::erase_if(wanted, [&](const auto& name) {
    return contains(server.owned, name) || elsewhere.contains(name);
  });
  return {wanted.begin(), wanted.end()};
}

// A database of another server than the service's own: the API database of nova may be apart.
void take_elsewhere(const std::string& name,
                    std::size_t server,
                    ServiceDatabases& each,
                    std::vector<DraftServer>& servers) {
  if (contains(servers[server].owned, name)) {
    return;
  }
  servers[server].owned.push_back(name);
  servers[server].used = true;
  for (DatabasesElsewhere& other : each.elsewhere) {
    if (other.server == server) {
      other.names.push_back(name);
      return;
    }
  }
  each.elsewhere.push_back({server, {name}});
}

void take_databases(const HostFacts& facts,
                    const LibraryProfile& profile,
                    ServiceDatabases& each,
                    std::vector<DraftServer>& servers) {
  for (const SeenConnection& connection : each.connections) {
    if (connection.scheme.starts_with("sqlite")) {
      each.sqlite_files.push_back(connection.database);
    } else if (const auto kind = kind_of(connection)) {
      const std::size_t server = server_for(facts, connection, *kind, servers);
      each.server = each.server.value_or(server);
      if (server != *each.server) {
        take_elsewhere(connection.database, server, each, servers);
      }
    }
  }
  if (!each.server && each.sqlite_files.empty()) {
    const auto local = std::find_if(servers.begin(), servers.end(), [](const DraftServer& server) {
      return server.kind == SeenServerKind::Mariadb;
    });
    if (local != servers.end()) {
      each.server = static_cast<std::size_t>(local - servers.begin());
    }
  }
  if (!each.server) {
    return;
  }
  DraftServer& server = servers[*each.server];
  const std::vector<std::string> in_profile = names_in_profile(profile.service);
  each.names = names_of(server, each, in_profile);
  if (each.names.empty() && !each.elsewhere.empty()) {  // the first one's are another service's
    each.server = each.elsewhere.front().server;
    each.names = each.elsewhere.front().names;
    each.elsewhere.erase(each.elsewhere.begin());
    return;
  }
  if (each.names.empty()) {
    each.server.reset();
    return;
  }
  each.as_in_profile = server.kind == SeenServerKind::Mariadb && each.names == in_profile;
  server.owned.insert(server.owned.end(), each.names.begin(), each.names.end());
  server.used = true;
}

// A server of this machine is kept whole; of one elsewhere, only what somebody names.
void take_unclaimed(const HostFacts& facts, DraftDatabases& draft) {
  for (const SeenConnection& connection : facts.connections) {
    const auto kind = kind_of(connection);
    if (!kind) {
      continue;
    }
    const std::size_t at = server_for(facts, connection, *kind, draft.servers);
    DraftServer& server = draft.servers[at];
    if (server.seen != nullptr || contains(server.owned, connection.database)) {
      continue;
    }
    server.owned.push_back(connection.database);
    server.used = true;
    auto found = std::find_if(draft.unclaimed.begin(), draft.unclaimed.end(),
                              [&](const UnclaimedDatabases& each) { return each.server == at; });
    if (found == draft.unclaimed.end()) {
      found = draft.unclaimed.insert(found, UnclaimedDatabases{.server = at});
    }
    found->names.push_back(connection.database);
    found->connections.push_back(connection);
  }
}

}  // namespace

DraftDatabases draft_databases(const HostFacts& facts, const std::vector<FittingProfile>& fitting) {
  DraftDatabases draft;
  for (const SeenServer& seen : facts.servers) {
    const bool is_mariadb = seen.kind == SeenServerKind::Mariadb;
    const std::string base = is_mariadb ? "control-db" : "local-pg";
    const auto count =
        std::count_if(draft.servers.begin(), draft.servers.end(),
                      [&](const DraftServer& other) { return other.kind == seen.kind; });
    draft.servers.push_back({.name = count == 0 ? base : base + "-" + std::to_string(count + 1),
                             .kind = seen.kind,
                             .seen = &seen});
  }
  for (const FittingProfile& fit : fitting) {
    ServiceDatabases& each = draft.of.emplace_back();
    if (!fit.profile->service.databases.empty()) {
      each.connections = connections_of(facts, fit.profile->service);
      take_databases(facts, *fit.profile, each, draft.servers);
    }
  }
  take_unclaimed(facts, draft);
  return draft;
}

}  // namespace backstay::compiler
