// Routines, triggers, events and views of databases as SQL that makes them again, definers kept.
//
// Why not `mariadb-dump --routines --events --triggers`: it wraps triggers and events into
// conditional comments, which a comment in their body ends, gives up on one invalid view, and
// orders views of different databases not at all.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/database/mariadb.hpp"

namespace backstay::runtime {

/// `code.sql` of one database.
struct CodeText {
  std::string sql;
  std::size_t body_at = 0;   ///< where the text begins that is the same in any database: after USE
  std::size_t views_at = 0;  ///< where the views begin; they need all tables and routines
  std::map<std::string, std::size_t> counts;  ///< by kind: `procedure`, `view`, …
  std::vector<std::string> invalid_views;     ///< kept as comments: the server would refuse them

  friend bool operator==(const CodeText&, const CodeText&) = default;
};

/// Reads the definitions of all code objects of `names`. Errors: as MariadbServer::query() (an
/// object that was dropped meanwhile is_definition_change()), Credentials where a body is hidden
/// from us.
[[nodiscard]] Result<std::map<std::string, CodeText>> capture_code(
    const MariadbServer& server, const std::vector<std::string>& names);

/// Orders views so that each comes after those of `definitions` that its definition names. Names on
/// a cycle (only a false match can make one) follow in order of name.
[[nodiscard]] std::vector<std::string> order_views(
    const std::map<std::string, std::string>& definitions);

}  // namespace backstay::runtime
