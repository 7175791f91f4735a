// Asks information_schema.USER_PRIVILEGES: see the header.
#include "runtime/database/mariadb_privileges.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

/// What an account holds on *.*.
struct HeldPrivileges {
  std::string account;
  std::set<std::string> names;

  [[nodiscard]] bool has(const std::string& name) const { return names.contains(name); }
};

constexpr std::array kToDump = {"SELECT", "SHOW VIEW", "TRIGGER", "EVENT"};
/// Databases with names of their own are made, filled, renamed from and dropped.
constexpr std::array kToRestore = {
    "SELECT",      "INSERT",    "CREATE",  "DROP",  "ALTER",          "INDEX",        "REFERENCES",
    "CREATE VIEW", "SHOW VIEW", "TRIGGER", "EVENT", "CREATE ROUTINE", "ALTER ROUTINE"};

/// Rows of what this account holds, by itself and by its role.
constexpr std::string_view kOwnPrivileges =
    "information_schema.USER_PRIVILEGES WHERE GRANTEE IN "
    "(CONCAT(\"'\", REPLACE(CURRENT_USER(), '@', \"'@'\"), \"'\"), "
    "CONCAT(\"'\", COALESCE(CURRENT_ROLE(),''), \"'@''\"), "
    "CONCAT(\"'\", COALESCE(CURRENT_ROLE(),''), \"'\"))";

Result<Rows> ask(const MariadbServer& server, const std::string& sql, std::size_t columns) {
  BACKSTAY_ASSIGN(Rows rows, server.query(sql));
  const bool ok =
      std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == columns; });
  if (ok)
    return rows;
  return Error{.kind = ErrorKind::ToolFailed,
               .message = "server `" + server.facts().name + "` gave an answer of another shape",
               .hint = "is this a MariaDB server, and `mariadb` its client?"};
}

Result<HeldPrivileges> held_privileges(const MariadbServer& server) {
  BACKSTAY_ASSIGN(
      const Rows rows,
      ask(server, fmt::format("SELECT PRIVILEGE_TYPE, CURRENT_USER() FROM {};", kOwnPrivileges),
          2));
  HeldPrivileges held{.account = rows.empty() ? "this account" : rows[0][1], .names = {}};
  for (const auto& row : rows)
    held.names.insert(row[0]);
  return held;
}

template <std::size_t Count>
std::vector<std::string> missing_of(const HeldPrivileges& held,
                                    const std::array<const char*, Count>& needed) {
  std::vector<std::string> missing;
  std::copy_if(needed.begin(), needed.end(), std::back_inserter(missing),
               [&](const char* privilege) { return !held.has(privilege); });
  return missing;
}

/// `'name'@'10.0.0.%'`, as a statement takes it; a role has no host.
std::string quoted_account(const std::string& account) {
  const auto quoted = [](const std::string& word) {
    std::string text = "'";
    for (const char letter : word)
      text += letter == '\'' ? std::string("\'\'") : std::string(1, letter);
    return text + "'";
  };
  const std::size_t at = account.rfind('@');
  return at == std::string::npos
             ? "CURRENT_USER()"
             : quoted(account.substr(0, at)) + "@" + quoted(account.substr(at + 1));
}

Error lacks(const HeldPrivileges& held,
            const MariadbServer& server,
            const std::vector<std::string>& missing,
            const std::string& so) {
  const std::string names = fmt::format("{}", fmt::join(missing, ", "));
  return {.kind = ErrorKind::Credentials,
          .message = fmt::format("{} on server `{}` lacks {} on *.*: {}", held.account,
                                 server.facts().name, names, so),
          .hint = fmt::format("GRANT {} ON *.* TO {};", names, quoted_account(held.account))};
}

/// The account as code quotes its definer.
std::string as_definer(const std::string& account) {
  const std::size_t at = account.rfind('@');
  return at == std::string::npos
             ? std::string()
             : quote_name(account.substr(0, at)) + "@" + quote_name(account.substr(at + 1));
}

/// SET USER came with 10.5; SUPER has always been enough.
bool may_name_definers(const HeldPrivileges& held, const std::set<std::string>& definers) {
  const std::string own = as_definer(held.account);
  return held.has("SUPER") || held.has("SET USER") ||
         std::all_of(definers.begin(), definers.end(),
                     [&](const std::string& definer) { return definer == own; });
}

/// With a binary log, functions and triggers are for SUPER alone (error 1419).
Result<bool> trusts_makers_of_code(const MariadbServer& server) {
  BACKSTAY_ASSIGN(
      const Rows rows,
      ask(server, "SELECT @@GLOBAL.log_bin = 0 OR @@GLOBAL.log_bin_trust_function_creators;", 1));
  return rows.size() != 1 || rows[0][0] != "0";
}

Result<bool> may_grant(const MariadbServer& server) {
  BACKSTAY_ASSIGN(
      const Rows rows,
      ask(server, fmt::format("SELECT COUNT(*) FROM {} AND IS_GRANTABLE='YES';", kOwnPrivileges),
          1));
  return rows.size() == 1 && rows[0][0] != "0";
}

}  // namespace

void add_definers(const std::string& code, std::set<std::string>& definers) {
  constexpr std::string_view kMark = " DEFINER=";
  for (const std::string_view line : lines_of(code)) {
    const std::size_t at = line.find(kMark);
    if (!line.starts_with("CREATE ") || at == std::string_view::npos)
      continue;
    const std::string_view rest = line.substr(at + kMark.size());
    bool quoted = false;
    std::size_t end = 0;
    while (end < rest.size() && (quoted || rest[end] != ' '))
      quoted = (rest[end++] == '`') != quoted;
    definers.emplace(rest.substr(0, end));
  }
}

Result<std::set<std::string>> require_privileges(const MariadbServer& server) {
  BACKSTAY_ASSIGN(HeldPrivileges held, held_privileges(server));
  if (const auto missing = missing_of(held, kToDump); !missing.empty()) {
    return lacks(held, server, missing,
                 "what it may not see would be missing from the backup without a word");
  }
  return std::move(held.names);
}

Result<void> require_restore_privileges(const MariadbServer& server,
                                        const RestoreDemands& demands) {
  BACKSTAY_ASSIGN(const HeldPrivileges held, held_privileges(server));
  std::vector<std::string> missing = missing_of(held, kToRestore);
  if (!may_name_definers(held, demands.definers))
    missing.emplace_back("SET USER");
  if (demands.trusted_code && !held.has("SUPER")) {
    BACKSTAY_ASSIGN(const bool trusted, trusts_makers_of_code(server));
    if (!trusted)
      missing.emplace_back("SUPER");
  }
  if (demands.accounts && !held.has("CREATE USER"))
    missing.emplace_back("CREATE USER");
  if (demands.grants) {
    BACKSTAY_ASSIGN(const bool grants, may_grant(server));
    if (!grants)
      missing.emplace_back("GRANT OPTION");
  }
  return missing.empty() ? Result<void>() : lacks(held, server, missing, "nothing was changed");
}

}  // namespace backstay::runtime
