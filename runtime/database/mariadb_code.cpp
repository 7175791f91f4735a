// SHOW CREATE of everything, put into an order that a client can run: see the header.
#include "runtime/database/mariadb_code.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

/// The columns of a SHOW CREATE that matter; -1: the kind has none.
struct Columns {
  std::size_t count = 0;
  int mode = -1;
  int zone = -1;
  int body = 0;
  int charset = 0;
  int collation = 0;
  int database = -1;  ///< the default collation that the database had when the object was made
};

Columns columns_of(const std::string& kind) {
  if (kind == "VIEW")
    return {.count = 4, .body = 1, .charset = 2, .collation = 3};
  if (kind == "TRIGGER") {
    return {.count = 7, .mode = 1, .body = 2, .charset = 3, .collation = 4, .database = 5};
  }
  if (kind == "EVENT") {
    return {
        .count = 7, .mode = 1, .zone = 2, .body = 3, .charset = 4, .collation = 5, .database = 6};
  }
  return {.count = 6, .mode = 1, .body = 2, .charset = 3, .collation = 4, .database = 5};
}

std::string_view cell(const std::vector<std::string>& row, int column) {
  return column < 0 ? std::string_view() : row[static_cast<std::size_t>(column)];
}

/// Settings and definition of one object. The DROP comes first, while names are still UTF-8.
/// own  the database's default collation. An object keeps the one that it was made under, which its
/// parameters and variables take: so the database has that one for as long as it takes.
std::string statement(const CodeObject& object,
                      const std::vector<std::string>& row,
                      const std::string& own) {
  const Columns columns = columns_of(object.kind);
  const std::string_view body = cell(row, columns.body);
  const std::string delimiter = free_delimiter(body);
  std::string text = fmt::format(
      "SET NAMES utf8mb4;\nDROP {} IF EXISTS {};\nSET character_set_client = {};\n"
      "SET collation_connection = {};\n",
      object.kind, quote_name(object.name), cell(row, columns.charset),
      cell(row, columns.collation));
  if (columns.mode >= 0) {
    text += fmt::format("SET sql_mode = {};\n", quote_text(cell(row, columns.mode)));
  }
  if (columns.zone >= 0) {
    text += fmt::format("SET time_zone = {};\n", quote_text(cell(row, columns.zone)));
  }
  const std::string_view made_under = cell(row, columns.database);
  const bool other = !made_under.empty() && made_under != own;
  if (other)
    text += fmt::format("ALTER DATABASE COLLATE {};\n", made_under);
  text += fmt::format("DELIMITER {0}\n{1}\n{0}\nDELIMITER ;\n", delimiter, body);
  if (other)
    text += fmt::format("ALTER DATABASE COLLATE {};\n", own);
  return text + "SET sql_mode = '';\n\n";
}

std::string as_comment(std::string_view text) {
  std::string comment = "-- ";
  for (const char byte : text) {
    comment += byte;
    if (byte == '\n')
      comment += "-- ";
  }
  return comment + "\n";
}

std::string show_script(const std::vector<CodeObject>& objects) {
  std::string script;
  std::string database;
  for (const CodeObject& object : objects) {
    if (object.database != database)
      script += "USE " + quote_name(object.database) + ";\n";
    database = object.database;
    script += fmt::format("SHOW CREATE {} {};\n", object.kind, quote_name(object.name));
  }
  return script;
}

Error hidden_body(const MariadbServer& server, const CodeObject& object) {
  return {.kind = ErrorKind::Credentials,
          .message = fmt::format("server `{}` does not show the definition of {} {}.{}",
                                 server.facts().name, object.kind, object.database, object.name),
          .hint = "the account needs SELECT on mysql.proc: GRANT SELECT ON *.* TO it"};
}

/// The names in backticks of a definition.
std::set<std::string> quoted_names(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find('`'); at != std::string_view::npos; at = text.find('`', at)) {
    const std::size_t end = text.find('`', at + 1);
    if (end == std::string_view::npos)
      break;
    names.emplace(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char byte) {
    if (byte == ' ')
      return '-';
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  return text;
}

/// Puts one database's objects together.
CodeText compose(const std::string& database,
                 const std::vector<CodeObject>& objects,
                 const Rows& rows,
                 std::size_t first,
                 const DatabaseState& state) {
  CodeText code;
  code.sql = "SET NAMES utf8mb4;\nSET sql_mode = '';\nUSE " + quote_name(database) + ";\n";
  code.body_at = code.sql.size();
  code.sql += "SET NAMES utf8mb4;\nSET sql_mode = '';\n";
  std::map<std::string, std::string> definitions;
  std::map<std::string, std::string> statements;
  for (std::size_t at = first; at < objects.size() && objects[at].database == database; ++at) {
    const CodeObject& object = objects[at];
    ++code.counts[lower(object.kind)];
    if (object.kind != "VIEW") {
      code.sql += statement(object, rows[at], state.collation);
      continue;
    }
    definitions[object.name] = rows[at][1];
    statements[object.name] = statement(object, rows[at], state.collation);
  }
  code.views_at = code.sql.size();
  if (!definitions.empty())
    code.sql += "SET NAMES utf8mb4;\nSET sql_mode = '';\n";
  for (const std::string& name : order_views(definitions)) {
    const auto valid = state.views.find(name);
    if (valid == state.views.end() || valid->second) {
      code.sql += statements[name];
      continue;
    }
    code.invalid_views.push_back(name);
    code.sql += "-- This view refers to what was not there when it was backed up:\n";
    code.sql += as_comment(statements[name]);
  }
  return code;
}

}  // namespace

std::vector<std::string> order_views(const std::map<std::string, std::string>& definitions) {
  std::vector<std::string> ordered;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    if (!seen.insert(name).second)
      return;
    for (const std::string& other : quoted_names(definitions.at(name))) {
      if (definitions.contains(other))
        visit(other);
    }
    ordered.push_back(name);
  };
  for (const auto& [name, definition] : definitions)
    visit(name);
  return ordered;
}

Result<std::map<std::string, CodeText>> capture_code(const MariadbServer& server,
                                                     const std::vector<std::string>& names) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, names));
  BACKSTAY_ASSIGN(const auto objects, code_objects(server, names));
  Rows rows;
  if (!objects.empty()) {
    BACKSTAY_ASSIGN(rows, server.query(show_script(objects), true));
  }
  if (rows.size() != objects.size()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("server `{}` showed {} of {} definitions",
                                        server.facts().name, rows.size(), objects.size())};
  }
  std::map<std::string, std::size_t> first;
  for (std::size_t at = 0; at < objects.size(); ++at) {
    first.try_emplace(objects[at].database, at);
    const Columns columns = columns_of(objects[at].kind);
    if (rows[at].size() != columns.count || cell(rows[at], columns.body) == "NULL") {
      return hidden_body(server, objects[at]);
    }
  }
  std::map<std::string, CodeText> codes;
  for (const auto& [name, state] : states) {
    const auto at = first.find(name);
    codes[name] =
        compose(name, objects, rows, at == first.end() ? objects.size() : at->second, state);
  }
  return codes;
}

}  // namespace backstay::runtime
