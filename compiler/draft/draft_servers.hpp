// Which database servers a first policy declares, and which service owns which database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/draft/fitting_profiles.hpp"
#include "compiler/draft/host_facts.hpp"

namespace backstay::compiler {

/// A server as the policy will declare it.
struct DraftServer {
  std::string name;  ///< `control-db`
  SeenServerKind kind = SeenServerKind::Mariadb;
  const SeenServer* seen = nullptr;  ///< of this machine; nothing: elsewhere, by `address`
  std::string address = {};
  std::int64_t port = 0;
  std::string socket = {};              ///< in place of an address, where a configuration names it
  std::vector<std::string> owned = {};  ///< databases that a service names
  bool used = false;                    ///< some service of the policy names it

  /// It does not know us by its socket.
  [[nodiscard]] bool needs_login() const {
    return seen == nullptr || seen->refused || seen->port != 0;
  }
};

/// Databases of a service that are on another server than most of its.
struct DatabasesElsewhere {
  std::size_t server = 0;  ///< in DraftDatabases::servers
  std::vector<std::string> names;
};

/// What is known of the databases of a service.
struct ServiceDatabases {
  std::optional<std::size_t> server = {};      ///< in DraftDatabases::servers
  std::vector<std::string> names = {};         ///< never empty with a server
  bool as_in_profile = false;                  ///< the profile's own names are right
  std::vector<std::string> sqlite_files = {};  ///< in place of a server
  std::vector<SeenConnection> connections = {};
  std::vector<DatabasesElsewhere> elsewhere = {};
};

/// Databases of a server elsewhere that configurations name and no service of the policy does.
struct UnclaimedDatabases {
  std::size_t server = 0;  ///< in DraftDatabases::servers
  std::vector<std::string> names = {};
  std::vector<SeenConnection> connections = {};  ///< that lead to them, one each
};

struct DraftDatabases {
  std::vector<DraftServer> servers;
  std::vector<ServiceDatabases> of;           ///< for each fitting profile
  std::vector<UnclaimedDatabases> unclaimed;  ///< one for each such server
};

[[nodiscard]] DraftDatabases draft_databases(const HostFacts& facts,
                                             const std::vector<FittingProfile>& fitting);

}  // namespace backstay::compiler
