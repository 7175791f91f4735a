// What was seen on a host, as far as a first policy needs it. Filled by the command line, which
// looks; read here, where nothing looks at anything. No password ever stands in it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace backstay::compiler {

/// A path that was looked for and is there.
struct SeenPath {
  bool directory = false;
  std::string link = {};  ///< where it points, if it is a symbolic link; else empty
};

/// A systemd unit that is installed.
struct SeenUnit {
  bool enabled = false;             ///< something wants it at boot
  std::optional<bool> active = {};  ///< nothing: another root, or systemd does not answer
};

/// `connection = mysql+pymysql://…` in the configuration of a service.
struct SeenConnection {
  std::string file;         ///< /etc/nova/nova.conf
  std::size_t line = 0;     ///< from 1
  std::string section;      ///< api_database
  std::string scheme;       ///< `mysql+pymysql`, `postgresql`, `sqlite`
  std::string host;         ///< empty: none is said
  std::int64_t port = 0;    ///< 0: none is said
  std::string database;     ///< name, or the path of a SQLite file
  std::string socket = {};  ///< that the URL names; of PostgreSQL: the directory
  bool has_password = false;
};

enum class SeenServerKind : std::uint8_t { Mariadb, Postgresql };

/// A database server with a socket on this machine.
struct SeenServer {
  SeenServerKind kind = SeenServerKind::Mariadb;
  std::string socket;        ///< of PostgreSQL: the directory
  std::int64_t port = 0;     ///< of PostgreSQL; 0: the usual one
  bool reached = false;      ///< it answered, without a password
  std::string problem = {};  ///< why it did not
  bool refused = false;      ///< it asks for a login
  std::string version = {};
  std::string datadir = {};
  int cluster_size = 0;                     ///< of Galera; 0: none
  std::vector<std::string> databases = {};  ///< without the system's own, sorted
};

struct HostFacts {
  std::string host;                              ///< name up to the first dot
  std::string root = {};                         ///< another root that was looked at, or empty
  std::string os_id = {};                        ///< `debian`, `ubuntu`, `rocky`
  std::string os_like = {};                      ///< `rhel centos fedora`
  std::string zone = {};                         ///< `Europe/Berlin`; empty: not known
  std::map<std::string, SeenPath> paths = {};    ///< of those that were asked for
  std::map<std::string, SeenUnit> units = {};    ///< by name with suffix
  std::vector<SeenConnection> connections = {};  ///< sorted by file, line
  std::vector<SeenServer> servers = {};
  std::vector<std::string> sqlite_files = {};       ///< below /var/lib, sorted
  std::vector<std::string> state_directories = {};  ///< of /var/lib, those that hold something
  std::vector<std::string> not_seen = {};           ///< what could not be looked at, and why
};

/// Whether the machine has this path.
[[nodiscard]] inline bool has_path(const HostFacts& facts, const std::string& path) {
  return facts.paths.contains(path);
}

/// Whether `inner` is `outer` or lies below it.
[[nodiscard]] inline bool lies_in(const std::string& inner, const std::string& outer) {
  return inner == outer || outer == "/" ||
         (inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '/');
}

}  // namespace backstay::compiler
