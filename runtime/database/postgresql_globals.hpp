// Roles and tablespaces as pg_dumpall writes them, statement by statement.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backstay::runtime {

/// The statements of a script without psql's own commands and comments; quoted text may hold
/// anything. Each ends with `;`.
[[nodiscard]] std::vector<std::string> split_statements(std::string_view script);

/// The name behind `words`, as in `CREATE ROLE "Odd name";` → `Odd name`; empty where the statement
/// begins otherwise.
[[nodiscard]] std::string named_by(std::string_view statement, std::string_view words);

/// What is to be run of `script` on a server that has `roles` and `tablespaces`: nothing that
/// exists is created again. Unless `overwrite`, roles that exist stay as they are in every
/// attribute, password and setting; memberships are granted in any case.
struct GlobalsPlan {
  std::string sql;
  std::vector<std::string> kept;  ///< roles that exist and are left as they are
};

[[nodiscard]] GlobalsPlan plan_globals(std::string_view script,
                                       const std::vector<std::string>& roles,
                                       const std::vector<std::string>& tablespaces,
                                       bool overwrite);

}  // namespace backstay::runtime
