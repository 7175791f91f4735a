// What the manifest says of databases and accounts: written by the dump, trusted by the restore.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

struct TableFacts {
  std::string engine;
  std::uint64_t rows = 0;  ///< exact: tuples in the dump
  bool sequence = false;
};

struct DatabaseFacts {
  std::string name;
  std::string charset;
  std::string collation;
  std::string rows_stream;  ///< name of the artefact: `rows.sql`
  std::vector<std::string>
      more_rows_streams;  ///< of large tables, and of those without transactions
  std::string code_stream;
  std::uint64_t code_body_at = 0;   ///< CodeText::body_at
  std::uint64_t code_views_at = 0;  ///< CodeText::views_at
  std::map<std::string, TableFacts> tables;
  std::map<std::string, std::uint64_t> code;  ///< counts by kind
  std::vector<std::string> invalid_views;
  std::vector<std::string> not_one_instant;  ///< tables of engines without transactions
  std::vector<std::string> rounded;          ///< FLOAT columns: six digits in a dump
  std::uint64_t longest_statement = 0;       ///< bytes
};

/// Of a component of kind `mariadb-database`: its one database, and what all of the dump share.
struct MariadbFacts {
  std::string server;  ///< name in the plan
  std::string server_version;
  std::string tool_version;
  std::string instant;  ///< RFC 3339: the state is not older than `started`, not newer than this
  std::string started;
  std::string log_file;  ///< binary log coordinates, where the server has one
  std::uint64_t log_position = 0;
  std::string gtid;
  std::string node = {};      ///< host of the plan that was dumped, of a cluster of several
  std::string way;            ///< `parallel`: several processes under a short lock; `one-stream`
  std::uint64_t held_ms = 0;  ///< how long commits waited for the lock
  std::uint64_t processes = 1;
  std::vector<DatabaseFacts> databases;
};

/// All streams with rows of a database; each can be imported without the others.
[[nodiscard]] std::vector<std::string> rows_streams(const DatabaseFacts& database);

/// Of a component of kind `mariadb-accounts`.
struct AccountsFacts {
  std::string server;
  std::string server_version;
  std::uint64_t accounts = 0;
  std::uint64_t roles = 0;
  std::uint64_t objects_at = 0;  ///< AccountsText::objects_at
};

[[nodiscard]] ComponentFacts to_json(const MariadbFacts& facts);
[[nodiscard]] ComponentFacts to_json(const AccountsFacts& facts);
/// Errors: BadInput, where the manifest does not hold what a restore needs.
[[nodiscard]] Result<MariadbFacts> read_mariadb_facts(const ComponentFacts& facts);
[[nodiscard]] Result<AccountsFacts> read_accounts_facts(const ComponentFacts& facts);

}  // namespace backstay::runtime
