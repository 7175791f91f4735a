// Accounts, roles and grants of a MariaDB server as DDL, never as rows of the mysql tables.
//
// Rows of mysql.* do not replicate on Galera, differ between versions and would overwrite the
// account that restores. So: CREATE USER IF NOT EXISTS and ALTER USER from SHOW CREATE USER (hashes
// included), then SHOW GRANTS. Accounts that the server's installation makes itself (`root`,
// `mysql`, `mariadb.sys` at localhost) are left out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/database/mariadb.hpp"

namespace backstay::runtime {

struct AccountsText {
  std::string sql;             ///< `accounts.sql`: one statement a line
  std::size_t objects_at = 0;  ///< where the grants on single objects begin
  std::size_t accounts = 0;
  std::size_t roles = 0;

  friend bool operator==(const AccountsText&, const AccountsText&) = default;
};

/// Reads all accounts and roles. Errors: as MariadbServer::query(); Credentials where mysql.* may
/// not be read.
[[nodiscard]] Result<AccountsText> capture_accounts(const MariadbServer& server);

/// Without their ends; the text has to outlive them.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// The lines of one accounts.sql, without the accounts, grants and default roles that `present`,
/// another one, holds word for word.
[[nodiscard]] std::string missing_statements(std::string_view sql, std::string_view present);

/// The roles that are there.
[[nodiscard]] Result<std::set<std::string>> list_roles(const MariadbServer& server);

/// Who creates a role becomes its administrator: takes back from us the roles that were not there
/// `before` and that `sql` does not give us.
[[nodiscard]] Result<void> leave_roles(const MariadbServer& server,
                                       const std::set<std::string>& before,
                                       std::string_view sql);

/// Where a line of SHOW GRANTS points: the database of the one object that it is about, empty for
/// global, database-wide and role grants.
[[nodiscard]] std::string object_database(std::string_view grant);

/// What CREATE USER says of each account in `accounts.sql`: account (`n`@`%`) → the rest of the
/// line.
[[nodiscard]] std::map<std::string, std::string> account_definitions(std::string_view sql);

}  // namespace backstay::runtime
