// From what accounts are to what they were, as statements: the undo of a restore's accounts.
#include <algorithm>
#include <set>

#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_undo.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kCreateRole = "CREATE ROLE IF NOT EXISTS ";

std::set<std::string_view> set_of(std::string_view text) {
  const auto lines = lines_of(text);
  return {lines.begin(), lines.end()};
}

/// The first ` WORD ` of a grant outside of names and literals; npos where there is none.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  char quote = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char byte = text[at];
    if (quote != 0) {
      if (byte == quote)
        quote = 0;
    } else if (byte == '`' || byte == '\'' || byte == '"') {
      quote = byte;
    } else if (text.substr(at).starts_with(word)) {
      return at;
    }
  }
  return std::string_view::npos;
}

/// What a grant is to: `nova`@`%`, a role's name.
std::string_view grantee_of(std::string_view grant) {
  const std::size_t to = find_word(grant, " TO ");
  if (to == std::string_view::npos)
    return {};
  std::string_view rest = grant.substr(to + 4);
  rest = rest.substr(0, std::min({rest.size(), find_word(rest, " "), find_word(rest, ";")}));
  return rest;
}

/// The statement that takes a grant back; empty for one that only says that the account is there.
std::string revoke_of(std::string_view grant) {
  constexpr std::string_view kGrant = "GRANT ";
  if (!grant.starts_with(kGrant) || grant.starts_with("GRANT USAGE ON "))
    return {};
  const std::size_t to = find_word(grant, " TO ");
  if (to == std::string_view::npos)
    return {};
  std::string what(grant.substr(kGrant.size(), to - kGrant.size()));
  const bool passes_on = grant.find(" WITH GRANT OPTION") != std::string_view::npos;
  const std::size_t on = find_word(what, " ON ");
  if (passes_on && on != std::string::npos && !grant.starts_with("GRANT PROXY "))
    what.insert(on, ", GRANT OPTION");
  return "REVOKE " + what + " FROM " + std::string(grantee_of(grant)) + ";\n";
}

class AccountsBack {
 public:
  AccountsBack(std::string_view before, std::string_view now, std::string_view restored)
      : before_text_(before),
        now_text_(now),
        before_(set_of(before)),
        now_(set_of(now)),
        restored_(set_of(restored)),
        brought_(account_definitions(restored)) {}

  std::string run() {
    std::string sql = "SET NAMES utf8mb4;\nSET sql_mode = '';\n";
    for (const std::string& account : new_ones())
      sql += account;
    for (const std::string_view line : lines_of(now_text_)) {
      if (line.starts_with("GRANT ") && is_new(line) && !gone_.contains(grantee_of(line)))
        sql += revoke_of(line);
    }
    sql += defaults();
    return sql + missing_statements(before_text_, now_text_);
  }

 private:
  /// There now, not before, and of the restore.
  [[nodiscard]] bool is_new(std::string_view line) const {
    return !before_.contains(line) && restored_.contains(line);
  }

  std::vector<std::string> new_ones() {
    std::vector<std::string> drops;
    const auto before = account_definitions(before_text_);
    for (const auto& [account, definition] : account_definitions(now_text_)) {
      if (before.contains(account) || !brought_.contains(account))
        continue;
      drops.push_back("DROP USER IF EXISTS " + account + ";\n");
      gone_.insert(account);
    }
    for (const std::string_view line : now_) {
      if (!line.starts_with(kCreateRole) || !is_new(line))
        continue;
      std::string_view role = line.substr(kCreateRole.size());
      if (role.ends_with(';'))
        role.remove_suffix(1);
      drops.push_back("DROP ROLE IF EXISTS " + std::string(role) + ";\n");
      gone_.insert(std::string(role));
    }
    return drops;
  }

  /// Default roles that were none before.
  [[nodiscard]] std::string defaults() const {
    std::string sql;
    for (const std::string_view line : now_) {
      const std::size_t whose = find_word(line, " FOR ");
      if (!line.starts_with("SET DEFAULT ROLE ") || !is_new(line) ||
          whose == std::string_view::npos)
        continue;
      std::string_view account = line.substr(whose + 5);
      account = account.substr(0, account.find(';'));
      if (!gone_.contains(std::string(account)))
        sql += "SET DEFAULT ROLE NONE FOR " + std::string(account) + ";\n";
    }
    return sql;
  }

  std::string_view before_text_;
  std::string_view now_text_;
  std::set<std::string_view> before_;
  std::set<std::string_view> now_;
  std::set<std::string_view> restored_;
  std::map<std::string, std::string> brought_;
  std::set<std::string, std::less<>> gone_;
};

}  // namespace

std::string accounts_back(const std::string& before,
                          const std::string& now,
                          const std::string& restored) {
  return AccountsBack(before, now, restored).run();
}

}  // namespace backstay::runtime
