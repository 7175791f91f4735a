// A small reader of pg_dumpall's output: see the header.
#include "runtime/database/postgresql_globals.hpp"

#include <algorithm>
#include <utility>

namespace backstay::runtime {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Statements about one role that exists already change it.
std::string changed_role(std::string_view statement) {
  for (const std::string_view words : {"ALTER ROLE ", "COMMENT ON ROLE "}) {
    std::string name = named_by(statement, words);
    if (!name.empty())
      return name;
  }
  return {};
}

/// The end of quoted text that begins at `at`, behind the closing quote. `E'…'` has escapes.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '\'' && at > 0 && text[at - 1] == 'E';
  for (++at; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 == text.size() || text[at + 1] != quote)
        return at + 1;
      ++at;
    }
  }
  return text.size();
}

}  // namespace

std::vector<std::string> split_statements(std::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  for (std::size_t at = 0; at < script.size();) {
    const bool fresh = statement.empty();
    const std::string_view rest = script.substr(at);
    if (fresh && (rest.front() == '\n' || rest.starts_with("--") || rest.front() == '\\')) {
      at += std::min(rest.find('\n'), rest.size() - 1) + 1;
    } else if (rest.front() == '\'' || rest.front() == '"') {
      const std::size_t end = end_of_quoted(script, at);
      statement += script.substr(at, end - at);
      at = end;
    } else {
      statement += script[at++];
      if (statement.back() == ';')
        statements.push_back(std::exchange(statement, {}));
    }
  }
  return statements;
}

std::string named_by(std::string_view statement, std::string_view words) {
  if (!statement.starts_with(words))
    return {};
  const std::string_view rest = statement.substr(words.size());
  if (!rest.starts_with('"'))
    return std::string(rest.substr(0, rest.find_first_of(" ;")));
  std::string name;
  const std::size_t end = end_of_quoted(rest, 0);
  for (std::size_t at = 1; at + 1 < end; ++at) {
    name += rest[at];
    if (rest[at] == '"')
      ++at;  // doubled
  }
  return name;
}

GlobalsPlan plan_globals(std::string_view script,
                         const std::vector<std::string>& roles,
                         const std::vector<std::string>& tablespaces,
                         bool overwrite) {
  GlobalsPlan plan;
  for (const std::string& statement : split_statements(script)) {
    const std::string created = named_by(statement, "CREATE ROLE ");
    const std::string changed = changed_role(statement);
    const std::string space = named_by(statement, "CREATE TABLESPACE ");
    if (!created.empty() && holds(roles, created)) {
      if (!overwrite)
        plan.kept.push_back(created);
    } else if (!changed.empty() && holds(roles, changed) && !overwrite) {
      continue;
    } else if (space.empty() || !holds(tablespaces, space)) {
      plan.sql += statement + "\n";
    }
  }
  return plan;
}

}  // namespace backstay::runtime
