// What the manifest says of PostgreSQL databases and roles: written by the dump, trusted by the
// restore.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/database/archive_rows.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// `ALTER DATABASE … SET name TO value`, or `ALTER ROLE … IN DATABASE …`.
struct DatabaseSetting {
  std::string role;  ///< empty: for all roles
  std::string name;
  std::string value;  ///< as SQL: a literal, or a list of identifiers
};

/// `GRANT privilege ON DATABASE … TO grantee [WITH GRANT OPTION]`
struct DatabaseGrant {
  std::string grantee;    ///< empty: PUBLIC
  std::string privilege;  ///< `CONNECT`
  bool grantable = false;
};

/// A database without its content: what CREATE DATABASE and the statements after it say. An archive
/// of pg_dump holds this only for its own name, and a restore makes one aside.
struct PostgresDatabase {
  std::string name;
  std::string owner;
  std::string encoding;
  std::string locale_provider;  ///< `c` libc, `i` ICU, `b` builtin
  std::string collate;
  std::string character_type;
  std::string locale;  ///< of ICU or builtin
  std::string comment;
  std::int64_t connection_limit = -1;
  bool own_grants = false;  ///< `grants` replace the default ones
  std::vector<DatabaseGrant> grants;
  std::vector<DatabaseSetting> settings;
};

/// Of a component of kind `postgresql-database`.
struct PostgresFacts {
  std::string server;  ///< name in the plan
  std::string server_version;
  std::string started;  ///< RFC 3339: the state is not older than this, one instant per database
  std::string stream;   ///< name of the artefact: `database.dump`
  PostgresDatabase database;
  TableRows rows;
};

/// Of a component of kind `postgresql-globals`.
struct GlobalsFacts {
  std::string server;
  std::string server_version;
  std::uint64_t roles = 0;
};

[[nodiscard]] ComponentFacts to_json(const PostgresFacts& facts);
[[nodiscard]] ComponentFacts to_json(const GlobalsFacts& facts);
/// Errors: BadInput, where the manifest does not hold what a restore needs.
[[nodiscard]] Result<PostgresFacts> read_postgres_facts(const ComponentFacts& facts);
[[nodiscard]] Result<GlobalsFacts> read_globals_facts(const ComponentFacts& facts);

}  // namespace backstay::runtime
