// SHOW CREATE USER and SHOW GRANTS of everybody: see the header.
#include "runtime/database/mariadb_accounts.hpp"

#include <algorithm>

#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kCreateUser = "CREATE USER ";
constexpr std::string_view kCreateIfAbsent = "CREATE USER IF NOT EXISTS ";

struct Account {
  std::string user;
  std::string host;
  bool role = false;

  [[nodiscard]] std::string quoted() const {
    return role ? quote_name(user) : quote_name(user) + "@" + quote_name(host);
  }
};

/// PUBLIC is a role that always is there; it has grants but no CREATE ROLE.
bool is_public(const Account& account) {
  return account.role && account.user == "PUBLIC";
}

bool is_own_of_server(const Account& account) {
  return account.host == "localhost" &&
         (account.user == "root" || account.user == "mysql" || account.user == "mariadb.sys");
}

Result<std::vector<Account>> list_accounts(const MariadbServer& server) {
  BACKSTAY_ASSIGN(const Rows rows, server.query("SELECT User, Host, is_role FROM mysql.user "
                                                "ORDER BY is_role DESC, User, Host;"));
  std::vector<Account> accounts;
  for (const auto& row : rows) {
    if (row.size() != 3)
      continue;
    accounts.push_back({row[0], row[1], row[2] == "Y"});
  }
  return accounts;
}

/// Of the server's own accounts only the roles that they hold are kept: who may pass a role on.
bool is_kept(const Account& account, const std::string& line) {
  return !is_own_of_server(account) || line.starts_with("GRANT `");
}

/// Begins the rows of an account in the answer; no line of SHOW GRANTS begins so.
constexpr std::string_view kNext = "next account";

std::string show_script(const std::vector<Account>& accounts) {
  std::string script;
  for (const Account& account : accounts) {
    script += "SELECT " + quote_text(kNext) + ";\n";
    if (!account.role)
      script += "SHOW CREATE USER " + account.quoted() + ";\n";
    script += "SHOW GRANTS FOR " + account.quoted() + ";\n";
  }
  return script;
}

/// The lines of accounts.sql by the order in which they have to run.
struct Lines {
  std::vector<std::string> creation;
  std::vector<std::string> grants;
  std::vector<std::string> defaults;
  std::vector<std::string> objects;
};

void take_line(const std::string& line, Lines& lines) {
  if (line.starts_with(kCreateUser)) {
    const std::string rest = line.substr(kCreateUser.size());
    lines.creation.push_back(std::string(kCreateIfAbsent) + rest);
    lines.creation.push_back("ALTER USER " + rest);
  } else if (line.starts_with("SET DEFAULT ROLE ")) {
    lines.defaults.push_back(line);
  } else if (!object_database(line).empty()) {
    lines.objects.push_back(line);
  } else {
    lines.grants.push_back(line);
  }
}

void append(std::string& sql, const std::vector<std::string>& lines) {
  for (const std::string& line : lines)
    sql += line + ";\n";
}

/// An identifier in backticks at the front of `text`, unquoted; moves past it.
std::string take_name(std::string_view& text) {
  std::string name;
  if (!text.starts_with('`'))
    return name;
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '`' && (at + 1 == text.size() || text[at + 1] != '`'))
      break;
    if (text[at] == '`')
      ++at;
    name += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return name;
}

/// What follows the first ` ON ` outside of names and literals; empty where there is none.
std::string_view after_on(std::string_view grant) {
  char quote = 0;
  for (std::size_t at = 0; at < grant.size(); ++at) {
    const char byte = grant[at];
    if (quote != 0) {
      if (byte == quote)
        quote = 0;
    } else if (byte == '`' || byte == '\'' || byte == '"') {
      quote = byte;
    } else if (grant.substr(at).starts_with(" ON ")) {
      return grant.substr(at + 4);
    }
  }
  return {};
}

void compose(Lines lines, AccountsText& text) {
  // SHOW GRANTS gives them in no order; a quiet server shall give the same bytes each time
  for (auto* group : {&lines.grants, &lines.defaults, &lines.objects}) {
    std::sort(group->begin(), group->end());
    group->erase(std::unique(group->begin(), group->end()), group->end());
  }
  text.sql =
      "-- By hand: run this before the databases, and with --force once more after them:\n"
      "-- the grants at the end are on single tables and routines, which must be there.\n"
      "SET NAMES utf8mb4;\nSET sql_mode = '';\n";
  append(text.sql, lines.creation);
  append(text.sql, lines.grants);
  append(text.sql, lines.defaults);
  text.objects_at = text.sql.size();
  if (!lines.objects.empty())
    text.sql += "SET NAMES utf8mb4;\nSET sql_mode = '';\n";
  append(text.sql, lines.objects);
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string object_database(std::string_view grant) {
  if (grant.starts_with("GRANT PROXY "))
    return {};
  std::string_view target = after_on(grant);
  for (const std::string_view kind :
       {"PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE ", "TABLE "}) {
    if (!target.starts_with(kind))
      continue;
    target.remove_prefix(kind.size());
    break;
  }
  std::string database = take_name(target);
  return target.starts_with(".`") ? database : std::string();
}

std::string missing_statements(std::string_view sql, std::string_view present) {
  const auto held = lines_of(present);
  const std::set<std::string_view> known(held.begin(), held.end());
  std::string missing;
  for (const std::string_view line : lines_of(sql)) {
    const bool setting = line.starts_with("SET NAMES ") || line.starts_with("SET sql_mode ");
    if (setting || !known.contains(line))
      missing += std::string(line) + "\n";
  }
  return missing;
}

std::map<std::string, std::string> account_definitions(std::string_view sql) {
  std::map<std::string, std::string> definitions;
  for (std::string_view line : lines_of(sql)) {
    if (!line.starts_with(kCreateIfAbsent))
      continue;
    line.remove_prefix(kCreateIfAbsent.size());
    if (line.ends_with(';'))
      line.remove_suffix(1);
    std::string_view rest = line;
    take_name(rest);
    if (rest.starts_with('@'))
      rest.remove_prefix(1);
    take_name(rest);
    definitions.emplace(line.substr(0, line.size() - rest.size()), rest);
  }
  return definitions;
}

Result<std::set<std::string>> list_roles(const MariadbServer& server) {
  BACKSTAY_ASSIGN(const auto accounts, list_accounts(server));
  std::set<std::string> roles;
  for (const Account& account : accounts) {
    if (account.role && !is_public(account))
      roles.insert(account.user);
  }
  return roles;
}

Result<void> leave_roles(const MariadbServer& server,
                         const std::set<std::string>& before,
                         std::string_view sql) {
  BACKSTAY_ASSIGN(const Rows rows, server.query("SELECT User, Host, Role FROM mysql.roles_mapping "
                                                "WHERE CONCAT(User, '@', Host) = CURRENT_USER();"));
  for (const auto& row : rows) {
    if (row.size() != 3 || before.contains(row[2]))
      continue;
    const std::string account = Account{row[0], row[1], false}.quoted();
    const std::string grant = "GRANT " + quote_name(row[2]) + " TO " + account;
    const bool meant = sql.find(grant + ";") != std::string_view::npos ||
                       sql.find(grant + " ") != std::string_view::npos;
    if (!meant)
      BACKSTAY_TRY(server.query("REVOKE " + quote_name(row[2]) + " FROM " + account + ";"));
  }
  return {};
}

Result<AccountsText> capture_accounts(const MariadbServer& server) {
  BACKSTAY_ASSIGN(const auto accounts, list_accounts(server));
  AccountsText text;
  Lines lines;
  for (const Account& account : accounts) {
    if (is_own_of_server(account))
      continue;
    ++(account.role ? text.roles : text.accounts);
    if (account.role && !is_public(account)) {
      lines.creation.push_back("CREATE ROLE IF NOT EXISTS " + account.quoted());
    }
  }
  Rows rows;
  if (!accounts.empty()) {
    BACKSTAY_ASSIGN(rows, server.query(show_script(accounts)));
  }
  std::size_t next = 0;
  for (const auto& row : rows) {
    if (row.size() == 1 && row[0] == kNext) {
      ++next;
    } else if (row.size() == 1 && next > 0 && is_kept(accounts[next - 1], row[0])) {
      take_line(row[0], lines);
    }
  }
  compose(std::move(lines), text);
  return text;
}

}  // namespace backstay::runtime
